/** What people read in the panel about their chat; loaded with that. */

import { worded } from "../index.ts";
import { en } from "./en.ts";

export type OverviewStrings = { readonly [key in keyof typeof en]: string };

const LANGUAGES: Readonly<Record<string, () => Promise<OverviewStrings>>> = {
  de: async () => (await import("./de.ts")).de,
  ar: async () => (await import("./ar.ts")).ar,
};

/** The strings in a language of `stringsFor`. */
export async function overviewStringsFor(language: string): Promise<OverviewStrings> {
  return worded((await LANGUAGES[language]?.()) ?? en, language, "overview.");
}
