/** The curve of Ethereum accounts, in the small library of its authors' own, with our hashes in it. */

import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { getPublicKey, hashes, Point, recoverPublicKey, sign, Signature, verify } from "@noble/secp256k1";

hashes.sha256 = (message) => sha256(message as Uint8Array);
hashes.hmacSha256 = (key, message) => hmac(sha256, key as Uint8Array, message as Uint8Array);

export const secp256k1 = { getPublicKey, Point, recoverPublicKey, sign, Signature, verify };
