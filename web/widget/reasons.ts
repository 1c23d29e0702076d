/** Why something could not be done, in the visitor's language; one part that is loaded when the chat opens. */

import "./index.tsx"; // so that the first load is one file: it compresses better

import { filled } from "./strings/index.ts";
import { reasonStringsFor } from "./strings/reasons/index.ts";

/** The sentence for a reason by `reasonOf`: of a refusal the service's own or one for all; without any what was `told`. */
export async function reasonsIn(language: string): Promise<(known?: string, told?: string) => string> {
  const strings: Readonly<Record<string, string>> = await reasonStringsFor(language);
  return (known = "", told = "") => filled(strings[known] ?? strings[known.split("-")[0]!] ?? "{reason}", { reason: told });
}
