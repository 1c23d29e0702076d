/** What LINK_REJECT says, and what is kept of it for the user (specification 3.9). */

import type { LinkPayload } from "../wire/index.ts";

/** Why a request was refused: a closed list. */
export const REJECT_CODES = ["rejected", "not-yet-valid", "expired", "term-too-long", "wrong-main", "malformed", "unsupported"] as const;
export type RejectCode = (typeof REJECT_CODES)[number];

/** Kept with a request that was refused; JSON. Neither is there before. */
export interface Rejection {
  /** The main profile's user in their own words; empty where they said none. */
  readonly rejection?: string | undefined;
  /** Undefined where none came, or one that is not known here. */
  readonly rejectedFor?: RejectCode | undefined;
}

/** What is kept of a rejection. */
export function rejectionOf({ reason, code }: LinkPayload): Rejection {
  return { rejection: reason ?? "", rejectedFor: REJECT_CODES.find((known) => known === code) };
}
