/** What people read in forms, lists of conversations and opening hours; loaded with those. */

import { worded } from "../index.ts";
import { en } from "./en.ts";

export type ModeStrings = { readonly [key in keyof typeof en]: string };

const LANGUAGES: Readonly<Record<string, () => Promise<ModeStrings>>> = {
  de: async () => (await import("./de.ts")).de,
  ar: async () => (await import("./ar.ts")).ar,
};

/** The strings in a language of `stringsFor`. */
export async function modeStringsFor(language: string): Promise<ModeStrings> {
  return worded((await LANGUAGES[language]?.()) ?? en, language, "modes.");
}
