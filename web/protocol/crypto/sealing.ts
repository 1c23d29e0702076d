/** Sealing for one receiver: x25519-chacha20-poly1305 (specification 2.3), as libsodium does it. */

import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { x25519 } from "@noble/curves/ed25519.js";
import { blake2b } from "@noble/hashes/blake2.js";

import { CannotOpen, MalformedData } from "../base/errors.ts";
import { type RandomBytes, sessionKeys } from "./derivation.ts";

export const SCHEME = "x25519-chacha20-poly1305";
const PADDING = 2048;
const MARK = 0x80;
export const KEY_BYTES = 32;
export const NONCE_BYTES = 12;

/** A ciphertext with the ephemeral public key (32 bytes) and nonce (12 bytes) needed to open it. */
export interface SealedBox {
  readonly ciphertext: Uint8Array;
  readonly ephemeralPublicKey: Uint8Array;
  readonly nonce: Uint8Array;
}

/** Who holds the private encryption key for which something was sealed. */
export interface Opener {
  /** The session key with which what `clientPublic` has sealed is opened; throws for a weak key. */
  receiveKey(clientPublic: Uint8Array): Uint8Array;
}

/** Seals `plain` for a public encryption key; draws 44 bytes: the ephemeral key's seed and the nonce. */
export function seal(plain: Uint8Array, receiver: Uint8Array, random: RandomBytes): SealedBox {
  const drawn = random(KEY_BYTES + NONCE_BYTES);
  const nonce = drawn.slice(KEY_BYTES);
  const ephemeralPrivate = blake2b(drawn.subarray(0, KEY_BYTES), { dkLen: 32 });
  const ephemeralPublicKey = x25519.getPublicKey(ephemeralPrivate);
  let key: Uint8Array;
  try {
    key = sessionKeys(ephemeralPrivate, receiver, ephemeralPublicKey, receiver).toServer;
  } catch {
    throw new MalformedData("the receiver's encryption key is not a usable X25519 key");
  }
  return { ciphertext: chacha20poly1305(key, nonce).encrypt(padded(plain)), ephemeralPublicKey, nonce };
}

/** Opens what was sealed for `keys`; throws `CannotOpen` when it was altered or is for others. */
export function openSealed(box: SealedBox, keys: Opener): Uint8Array {
  let plain: Uint8Array;
  try {
    plain = chacha20poly1305(keys.receiveKey(box.ephemeralPublicKey), box.nonce).decrypt(box.ciphertext);
  } catch {
    throw new CannotOpen();
  }
  return unpadded(plain);
}

function padded(plain: Uint8Array): Uint8Array {
  const whole = new Uint8Array((Math.floor(plain.length / PADDING) + 1) * PADDING);
  whole.set(plain);
  whole[plain.length] = MARK;
  return whole;
}

function unpadded(whole: Uint8Array): Uint8Array {
  let end = whole.length - 1;
  const first = Math.max(0, whole.length - PADDING);
  while (end >= first && whole[end] === 0) end--;
  if (whole.length < PADDING || end < first || whole[end] !== MARK) throw new CannotOpen();
  return whole.subarray(0, end);
}
