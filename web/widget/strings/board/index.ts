/** What people read on a board; loaded with it. */

import { worded } from "../index.ts";
import { en } from "./en.ts";

export type BoardStrings = { readonly [key in keyof typeof en]: string };

const LANGUAGES: Readonly<Record<string, () => Promise<BoardStrings>>> = {
  de: async () => (await import("./de.ts")).de,
  ar: async () => (await import("./ar.ts")).ar,
};

/** The strings in a language of `stringsFor`. */
export async function boardStringsFor(language: string): Promise<BoardStrings> {
  return worded((await LANGUAGES[language]?.()) ?? en, language, "board.");
}
