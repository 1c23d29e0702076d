/** From a wallet's signature or from entropy to a profile's keys (specification 2.2, 3.2). */

import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import { blake2b } from "@noble/hashes/blake2.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";

import { concatenated, toHex, utf8 } from "../base/encoding.ts";
import { BadSignature, InvalidInput, KeyRuleViolation } from "../base/errors.ts";
import { checksumAddress, recoverPersonal } from "./ethereum.ts";
import type { Opener } from "./sealing.ts";
import { Entropy, OwnedSignature, Seed, StorageKey, WalletKey } from "./secrets.ts";

/** Where entropy comes from: `crypto.getRandomValues` in a page, a fixed stream in tests. */
export type RandomBytes = (length: number) => Uint8Array;

export const MAIN_DOMAIN = "dm3.chat";
export const MAIN_URI = "https://dm3.chat";
const MIN_NONCE_DIGITS = 32;
const GROUP_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** What a wallet signs so that keys can be derived (specification 2.2). */
export interface KeyCreationMessage {
  readonly owner: string;
  readonly nonce: string;
  readonly domain: string;
  readonly uri: string;
}

/** The exact text to sign. */
export function keyCreationText(message: KeyCreationMessage): string {
  return (
    `${message.domain} wants you to sign in with your Ethereum account:\n` +
    `${checksumAddress(message.owner)}\n\n` +
    "Connect the DM3 MESSENGER with your wallet. " +
    "Keys for secure communication are derived from this signature.\n\n" +
    "(There is no paid transaction initiated. The signature is used off-chain only.)\n\n" +
    `URI: ${message.uri}\n` +
    "Version: 1\n" +
    `Nonce: ${message.nonce}`
  );
}

/** A key-creation nonce of 256 random bits, as 0x-hex. */
export function newNonce(random: RandomBytes): string {
  return toHex(random(32));
}

/**
 * Takes a signature that was just made, inside the component, over our own key-creation message.
 *
 * Throws `KeyRuleViolation` for a nonce of fewer than 128 bits and `BadSignature` when the signature is not
 * the owner's over exactly this text.
 */
export function ownSignature(message: KeyCreationMessage, signature: string): OwnedSignature {
  const digits = message.nonce.replace(/^0x/, "");
  if (digits.length < MIN_NONCE_DIGITS || !/^[0-9a-fA-F]+$/.test(digits)) {
    throw new KeyRuleViolation("the key-creation nonce has fewer than 128 bits");
  }
  if (recoverPersonal(keyCreationText(message), signature) !== checksumAddress(message.owner)) {
    throw new BadSignature("the key-creation message was signed by another wallet");
  }
  return new OwnedSignature(utf8(signature));
}

/** Derives a profile's seed (specification 2.2); the key rule of 3.2 holds at run time, too. */
export function seedFrom(source: OwnedSignature | Entropy): Seed {
  if (source instanceof OwnedSignature) return new Seed(sha256(source.reveal()));
  if (source instanceof Entropy) return new Seed(expanded(source.reveal(), "dm3lpp/v1/profile-seed"));
  throw new KeyRuleViolation("only an owned signature or entropy is a source of keys");
}

/** Derives an LSP's wallet key: from the seed (way 1) or from the host's entropy (way 2). */
export function walletKeyFrom(source: Seed | Entropy): WalletKey {
  if (!(source instanceof Seed || source instanceof Entropy)) {
    throw new KeyRuleViolation("only a seed or entropy is a source of a wallet's key");
  }
  for (let counter = 0; counter < 8; counter++) {
    const candidate = expanded(source.reveal(), `dm3lpp/v1/lsp-wallet/${counter}`);
    const number = BigInt(toHex(candidate));
    if (number > 0n && number < GROUP_ORDER) return new WalletKey(candidate);
  }
  throw new InvalidInput("no wallet key can be derived from this source");
}

/** Derives the key of an escrow from entropy, for one application (normal form) and owner (specification 3.8). */
export function escrowKeyFrom(entropy: Entropy, app: string, owner: string): StorageKey {
  return new StorageKey(expanded(entropy.reveal(), `dm3lpp/v1/escrow/${app}/${owner.toLowerCase()}`));
}

/** Derives the salt of a private link record, 0x-hex of 32 bytes (specification 3.4). */
export function recordSaltFrom(seed: Seed, linkMessageHash: string): string {
  return toHex(expanded(seed.reveal(), `dm3lpp/v1/link-record-salt/${linkMessageHash}`));
}

function expanded(source: Uint8Array, label: string): Uint8Array {
  return hkdf(sha256, source, undefined, utf8(label), 32);
}

/** Both key pairs of a profile, derived from one seed as the reference does it. */
export class ProfileKeys implements Opener {
  readonly signingPublic: Uint8Array;
  readonly encryptionPublic: Uint8Array;
  readonly #encryptionPrivate: Uint8Array;

  constructor(readonly seed: Seed) {
    this.signingPublic = ed25519.getPublicKey(seed.reveal());
    this.#encryptionPrivate = blake2b(seed.reveal(), { dkLen: 32 });
    this.encryptionPublic = x25519.getPublicKey(this.#encryptionPrivate);
  }

  /** The Ed25519 signature over `data`. */
  sign(data: Uint8Array): Uint8Array {
    return ed25519.sign(data, this.seed.reveal());
  }

  /** libsodium's `crypto_kx` as the server: the key with which what a client has sealed is opened. */
  receiveKey(clientPublic: Uint8Array): Uint8Array {
    return sessionKeys(this.#encryptionPrivate, clientPublic, clientPublic, this.encryptionPublic).toServer;
  }
}

/** The keys of a session in `crypto_kx`; throws where the shared secret would be zero (a weak key). */
export function sessionKeys(
  ownPrivate: Uint8Array,
  peerPublic: Uint8Array,
  clientPublic: Uint8Array,
  serverPublic: Uint8Array,
): { toClient: Uint8Array; toServer: Uint8Array } {
  const shared = x25519.getSharedSecret(ownPrivate, peerPublic);
  const keys = blake2b(concatenated(shared, clientPublic, serverPublic), { dkLen: 64 });
  return { toClient: keys.subarray(0, 32), toServer: keys.subarray(32) };
}
