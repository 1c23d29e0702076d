/** What people read where somebody has earlier keys again; loaded with that. */

import { worded } from "../index.ts";
import { en } from "./en.ts";

export type EarlierStrings = { readonly [key in keyof typeof en]: string };

const LANGUAGES: Readonly<Record<string, () => Promise<EarlierStrings>>> = {
  de: async () => (await import("./de.ts")).de,
  ar: async () => (await import("./ar.ts")).ar,
};

/** The strings in a language of `stringsFor`. */
export async function earlierStringsFor(language: string): Promise<EarlierStrings> {
  return worded((await LANGUAGES[language]?.()) ?? en, language, "earlier.");
}
