/** What people read where they do something with a message; loaded with that. */

import { worded } from "../index.ts";
import { en } from "./en.ts";

export type ActingStrings = { readonly [key in keyof typeof en]: string };

const LANGUAGES: Readonly<Record<string, () => Promise<ActingStrings>>> = {
  de: async () => (await import("./de.ts")).de,
  ar: async () => (await import("./ar.ts")).ar,
};

/** The strings in a language of `stringsFor`. */
export async function actingStringsFor(language: string): Promise<ActingStrings> {
  return worded((await LANGUAGES[language]?.()) ?? en, language, "acting.");
}
