/** What people read where they link; loaded with that. */

import { worded } from "../index.ts";
import { en } from "./en.ts";

export type LinkStrings = { readonly [key in keyof typeof en]: string };

const LANGUAGES: Readonly<Record<string, () => Promise<LinkStrings>>> = {
  de: async () => (await import("./de.ts")).de,
  ar: async () => (await import("./ar.ts")).ar,
};

/** The strings in a language of `stringsFor`. */
export async function linkStringsFor(language: string): Promise<LinkStrings> {
  return worded((await LANGUAGES[language]?.()) ?? en, language, "link.");
}
