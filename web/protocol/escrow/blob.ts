/**
 * The escrow of a profile: what a new device needs to be it again, sealed (specification 3.8, 5.9).
 *
 * Application, owner and the profile's name are bound to it, and what kind of key opens it.
 */

import { xchacha20poly1305 } from "@noble/ciphers/chacha.js";
import { argon2idAsync } from "@noble/hashes/argon2.js";

import { addressOf, canonicalJson, CannotOpen, concatenated, fromBase64, fromUtf8, InvalidInput, Members, MalformedData, normalize, readJson, RemoteProtocolError, toBase64, utf8 } from "../base/index.ts";
import { checksumAddress, Entropy, escrowKeyFrom, KeyWallet, ProfileKeys, type RandomBytes, Seed, WalletKey } from "../crypto/index.ts";
import { RecoveryCode } from "../crypto/recovery_code.ts";
import type { Profile } from "../wire/index.ts";

const VERSION = 1;
const KINDS = { entropy: 1, code: 2, passkey: 3 } as const;
const SALT_BYTES = 16;
const NONCE_BYTES = 24;
const PADDING = 1_024;
const STRETCHING = { t: 3, m: 65_536, p: 1, dkLen: 32 } as const;

/** What opens an escrow, and what of a passkey's output it is. */
export type EscrowKey = { readonly by: "entropy" | "passkey"; readonly entropy: Entropy } | { readonly by: "code"; readonly code: RecoveryCode };

/** The escrow does not open with this. */
export class EscrowLocked extends CannotOpen {}

/** What the escrow holds is not the published profile. */
export class EscrowMismatch extends RemoteProtocolError {
  override readonly code = "escrow-mismatch";
}

/** What recreates a profile; `signed` is the signed profile's JSON text. */
export interface EscrowContents {
  readonly name: string;
  readonly seed: Seed;
  /** The key-creation nonce. */
  readonly nonce: string;
  readonly signed: string;
  readonly walletKey: WalletKey | undefined;
}

/** Seals the contents for `owner`; a code is stretched, which takes a second or two. */
export async function sealEscrow(contents: EscrowContents, owner: string, key: EscrowKey, random: RandomBytes): Promise<Uint8Array> {
  const header = concatenated(Uint8Array.of(VERSION, KINDS[key.by]), key.by === "code" ? random(SALT_BYTES) : new Uint8Array());
  const members = {
    name: normalize(contents.name),
    nonce: contents.nonce,
    profilePrivateKey: toBase64(contents.seed.reveal()),
    readableBySite: false,
    signedProfile: contents.signed,
    walletPrivateKey: contents.walletKey && toBase64(contents.walletKey.reveal()),
  };
  const nonce = random(NONCE_BYTES);
  const cipher = xchacha20poly1305(await keyOf(key, header, contents.name, owner), nonce, place(header, contents.name, owner));
  return concatenated(header, nonce, cipher.encrypt(padded(utf8(canonicalJson(members)))));
}

/** Opens what was sealed for the profile `name` of `owner`. Throws `EscrowLocked`, `EscrowMismatch`, `MalformedData`. */
export async function openEscrow(blob: Uint8Array, name: string, owner: string, key: EscrowKey): Promise<EscrowContents> {
  const size = 2 + (key.by === "code" ? SALT_BYTES : 0);
  const known = blob[0] === VERSION && (Object.values(KINDS) as number[]).includes(blob[1] ?? 0);
  if (!known || blob.length < size + NONCE_BYTES) throw new MalformedData("the copy is of a kind that is not known here");
  if (blob[1] !== KINDS[key.by]) throw new EscrowLocked("the copy is sealed in another way");
  const header = blob.slice(0, size);
  const cipher = xchacha20poly1305(await keyOf(key, header, name, owner), blob.slice(size, size + NONCE_BYTES), place(header, name, owner));
  let plain: Uint8Array;
  try {
    plain = unpadded(cipher.decrypt(blob.slice(size + NONCE_BYTES)));
  } catch {
    throw new EscrowLocked("the copy does not open with this");
  }
  const members = new Members(readJson(fromUtf8(plain, "the copy"), "the copy"), "the copy");
  if (normalize(members.text("name")) !== normalize(name)) throw new EscrowMismatch("the copy holds a profile of another name");
  const walletKey = members.optionalText("walletPrivateKey", 44);
  return {
    name: normalize(name),
    seed: new Seed(fromBase64(members.text("profilePrivateKey"), "the profile's key", 32)),
    nonce: members.text("nonce", 200),
    signed: members.text("signedProfile"),
    walletKey: walletKey === undefined ? undefined : new WalletKey(fromBase64(walletKey, "the wallet's key", 32)),
  };
}

/** Throws `EscrowMismatch` unless these keys yield the profile as it is published now, signed by `owner`. */
export function requirePublished(held: { seed: Seed; walletKey?: WalletKey | undefined }, published: Profile, owner: string): void {
  const keys = new ProfileKeys(held.seed);
  const same = (one: Uint8Array, other: Uint8Array) => toBase64(one) === toBase64(other);
  if (!same(keys.signingPublic, published.signingKey) || !same(keys.encryptionPublic, published.encryptionKey)) {
    throw new EscrowMismatch("the keys are not those of the profile as it is published now");
  }
  if (held.walletKey !== undefined && new KeyWallet(held.walletKey).address !== owner) {
    throw new EscrowMismatch("the wallet is not the one that has signed the published profile");
  }
}

async function keyOf(key: EscrowKey, header: Uint8Array, name: string, owner: string): Promise<Uint8Array> {
  if (key.by === "code") return argon2idAsync(key.code.reveal(), header.slice(2), STRETCHING);
  return escrowKeyFrom(key.entropy, appOf(name), owner).reveal();
}

function appOf(name: string): string {
  const own = addressOf(name);
  if (own === undefined) throw new InvalidInput(`${name} is not the name of an address`);
  return own.app;
}

function place(header: Uint8Array, name: string, owner: string): Uint8Array {
  const bound = { app: appOf(name), label: "dm3lpp/v1/escrow", name: normalize(name), owner: checksumAddress(owner) };
  return concatenated(header, utf8(canonicalJson(bound)));
}

function padded(plain: Uint8Array): Uint8Array {
  const whole = new Uint8Array((Math.floor(plain.length / PADDING) + 1) * PADDING);
  whole.set(plain);
  whole[plain.length] = 0x80;
  return whole;
}

function unpadded(whole: Uint8Array): Uint8Array {
  const end = whole.lastIndexOf(0x80);
  if (end < 0 || end < whole.length - PADDING || whole.slice(end + 1).some((byte) => byte !== 0)) throw new CannotOpen();
  return whole.subarray(0, end);
}
