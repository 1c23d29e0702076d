/** What people read where they come back on another device; loaded with that. */

import { worded } from "../index.ts";
import { en } from "./en.ts";

export type BackStrings = { readonly [key in keyof typeof en]: string };

const LANGUAGES: Readonly<Record<string, () => Promise<BackStrings>>> = {
  de: async () => (await import("./de.ts")).de,
  ar: async () => (await import("./ar.ts")).ar,
};

/** The strings in a language of `stringsFor`. */
export async function backStringsFor(language: string): Promise<BackStrings> {
  return worded((await LANGUAGES[language]?.()) ?? en, language, "back.");
}
