/** Fingerprints: what two people compare to know that they mean the same keys (specification 2.2). */

import { sha256Hex, toBase64 } from "../base/encoding.ts";

const LABEL = "dm3lpp/v1/fingerprint";
const DIGITS = 40;

/** The fingerprint of a profile's two public keys: 160 bits in groups of four hex digits. */
export function fingerprint({ signingKey, encryptionKey }: { signingKey: Uint8Array; encryptionKey: Uint8Array }): string {
  const digits = sha256Hex([LABEL, toBase64(signingKey), toBase64(encryptionKey)].join("\n")).slice(2, 2 + DIGITS);
  return digits.match(/.{4}/g)!.join(" ");
}
