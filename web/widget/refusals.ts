/** Why a messenger has refused, as a sentence (specification 3.9). */

import type { Rejection } from "../protocol/linking/index.ts";
import { filled } from "./strings/index.ts";
import type { LinkStrings } from "./strings/link/index.ts";

/** That the messenger `name` has refused: by its user, in their own words where there are any, or by its rules. */
export function refusalOf({ rejection, rejectedFor }: Rejection, name: string, strings: LinkStrings): string {
  const byUser = rejection || rejectedFor === undefined || rejectedFor === "rejected";
  return byUser
    ? filled(strings.linkRejected, { name, reason: rejection ?? "" }).trim()
    : filled(strings.linkRefused, { name, reason: strings[`refused-${rejectedFor}`] });
}
