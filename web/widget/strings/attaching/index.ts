/** What people read where they attach files; loaded with that. */

import { worded } from "../index.ts";
import { en } from "./en.ts";

export type AttachingStrings = { readonly [key in keyof typeof en]: string };

const LANGUAGES: Readonly<Record<string, () => Promise<AttachingStrings>>> = {
  de: async () => (await import("./de.ts")).de,
  ar: async () => (await import("./ar.ts")).ar,
};

/** The strings in a language of `stringsFor`. */
export async function attachingStringsFor(language: string): Promise<AttachingStrings> {
  return worded((await LANGUAGES[language]?.()) ?? en, language, "attaching.");
}
