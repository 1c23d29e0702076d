/** Pairing: a one-time code proves to each side of a link that the other is meant (specification 5.1). */

import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";

import { InvalidInput, toBase64, utf8 } from "../base/index.ts";

const SIGNS = 10;
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** What LINK carries, and what its LINK_ACCEPT has to carry: each as base64 of 32 bytes. */
export interface PairingProofs {
  readonly request: string;
  readonly acceptance: string;
}

/** The pairing code is mistyped. */
export class MistypedPairingCode extends InvalidInput {
  override readonly code = "mistyped-pairing-code";
}

/** The ten signs of a code as typed: any case and separators; I and L are read as 1, O as 0. */
export function parsePairingCode(typed: string): string {
  const signs = typed.toUpperCase().replace(/[\s-]/g, "").replace(/[IL]/g, "1").replace(/O/g, "0");
  if (signs.length !== SIGNS || [...signs].some((sign) => !ALPHABET.includes(sign))) {
    throw new MistypedPairingCode(`a pairing code has ${SIGNS} letters and digits`, "Compare it with the messenger's.");
  }
  return signs;
}

/** Both proofs of the code over a Link Message. */
export function pairingProofs(code: string, linkMessage: string): PairingProofs {
  const proof = (label: string) => toBase64(hmac(sha256, utf8(code), utf8(`${label}\n${linkMessage}`)));
  return { request: proof("dm3lpp/v1/pairing"), acceptance: proof("dm3lpp/v1/paired") };
}
