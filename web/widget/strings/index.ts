/** What people read, in their language; each language is loaded when it is needed. */

import { en } from "./en.ts";

export type Strings = { readonly [key in keyof typeof en]: string };

const LANGUAGES: Readonly<Record<string, () => Promise<Strings>>> = {
  en: async () => en,
  de: async () => (await import("./de.ts")).de,
  ar: async () => (await import("./ar.ts")).ar,
};
const RIGHT_TO_LEFT = new Set(["ar", "fa", "he", "ur"]);

/** An operator's own words by language, then by name: `placeholder`, or with the part's name before it, `link.linkAsk`. */
export type Texts = Readonly<Record<string, Readonly<Record<string, string>>>>;

let texts: Texts = {};

/** Has the operator's words stand in place of ours, from now on. */
export function replaceTexts(own: Texts): void {
  texts = own;
}

/** The strings of a part, with the operator's words in place of ours. */
export function worded<Part extends object>(strings: Part, language: string, part = ""): Part {
  const own = texts[language] ?? {};
  return Object.fromEntries(Object.entries(strings).map(([name, text]) => [name, own[part + name] ?? text])) as Part;
}

/** The strings of the first language that is there, and its direction. */
export async function stringsFor(wanted: readonly string[]): Promise<{ language: string; strings: Strings }> {
  const language = wanted.map((tag) => tag.toLowerCase().split("-")[0]!).find((tag) => tag in LANGUAGES) ?? "en";
  return { language, strings: worded(await LANGUAGES[language]!(), language) };
}

export function directionOf(language: string): "rtl" | "ltr" {
  return RIGHT_TO_LEFT.has(language) ? "rtl" : "ltr";
}

/** A string with its parts filled in: `{name}`. */
export function filled(text: string, parts: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in parts ? String(parts[name]) : whole));
}
