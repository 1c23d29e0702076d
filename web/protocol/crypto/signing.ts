/**
 * Signatures over text, in base64: Ed25519 as libsodium verifies it.
 *
 * noble's default (ZIP 215) takes keys and points of small order, for which anybody can make "signatures".
 * What the published text has instead, secp256k1 and hashes (specification 2.6), is read as well.
 */

import { ed25519 } from "@noble/curves/ed25519.js";

import { fromBase64, sha256Hex, toBase64, utf8 } from "../base/encoding.ts";
import type { ProfileKeys } from "./derivation.ts";
import { secp256k1 } from "./secp256k1.ts";

const SIGNATURE_BYTES = 64;
const ED25519_BYTES = 32;

/** Whether these bytes have the form of a public signing key: Ed25519's, or secp256k1's (SEC 1). */
export function isSigningKey(key: Uint8Array): boolean {
  if (key.length === ED25519_BYTES) return true;
  return (key.length === 33 && (key[0] === 2 || key[0] === 3)) || (key.length === 65 && key[0] === 4);
}

/** Signs the UTF-8 bytes of `text`; gives base64 of 64 bytes (specification 2.4). */
export function sign(keys: ProfileKeys, text: string): string {
  return toBase64(keys.sign(utf8(text)));
}

/** Whether `signature` (base64) is the one of the Ed25519 key over `text`. */
export function isSigned(publicKey: Uint8Array, text: string, signature: string): boolean {
  if (publicKey.length !== ED25519_BYTES) return false;
  return refusedWhereMalformed(() => {
    const raw = fromBase64(signature, "the signature", SIGNATURE_BYTES);
    return isStrictPoint(raw.subarray(0, 32)) && isStrictPoint(publicKey)
      ? ed25519.verify(raw, utf8(text), publicKey, { zip215: false })
      : false;
  });
}

/** libsodium refuses the points of small order and such as are not written in the one canonical way. */
function isStrictPoint(bytes: Uint8Array): boolean {
  try {
    return !ed25519.Point.fromBytes(bytes, false).isSmallOrder();
  } catch {
    return false;
  }
}

/** Whether the data with the canonical JSON `text` is signed, in any reading of specification 2.6. */
export function isDataSigned(publicKey: Uint8Array, text: string, signature: string): boolean {
  return isSigned(publicKey, text, signature) || isHashSigned(publicKey, text, signature);
}

/** Whether the hash of `text` is signed, as everybody does it with postmarks. */
export function isHashSigned(publicKey: Uint8Array, text: string, signature: string): boolean {
  return refusedWhereMalformed(() => {
    if (publicKey.length === ED25519_BYTES) return isSigned(publicKey, sha256Hex(text), signature);
    if (!isSigningKey(publicKey)) return false;
    const raw = fromBase64(signature, "the signature");
    if (raw.length !== SIGNATURE_BYTES && raw.length !== SIGNATURE_BYTES + 1) return false;
    return secp256k1.verify(raw.subarray(0, SIGNATURE_BYTES), utf8(text), publicKey, { lowS: true });
  });
}

function refusedWhereMalformed(check: () => boolean): boolean {
  try {
    return check();
  } catch {
    return false; // no UTF-8, no base64, no r and s, no point of the curve
  }
}
