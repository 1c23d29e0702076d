/** Why something could not be done, by `reasonOf`; loaded when the chat opens, for what is to be said offline, too. */

import { worded } from "../index.ts";
import { en } from "./en.ts";

export type ReasonStrings = { readonly [key in keyof typeof en]: string };

const LANGUAGES: Readonly<Record<string, () => Promise<ReasonStrings>>> = {
  de: async () => (await import("./de.ts")).de,
  ar: async () => (await import("./ar.ts")).ar,
};

/** The strings in a language of `stringsFor`. */
export async function reasonStringsFor(language: string): Promise<ReasonStrings> {
  return worded((await LANGUAGES[language]?.()) ?? en, language, "reasons.");
}
