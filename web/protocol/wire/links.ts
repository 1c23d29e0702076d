/** The linking payload of a message as JSON (specification 3.3), in the newest vocabulary. */

import { fromBase64, fromHex, type Json, MalformedData, type Members, normalize, toBase64, toHex } from "../base/index.ts";
import { Seed, WalletKey } from "../crypto/index.ts";
import type { LinkKind } from "./dialects.ts";

const MAX_LINK_MESSAGE = 8_000;
const MAX_REASON = 500;
const MAX_CODE = 50;
const LAST_SECOND = 253_402_300_799;
const MILLISECONDS_ABOVE = 10 ** 12;
const HEX = /^(?:[0-9a-fA-F]{2})+$/;

/** The `link` member of a message's metadata; `validUntil` in UNIX seconds. */
export interface LinkPayload {
  readonly kind: LinkKind;
  readonly profileName: string;
  readonly profileHash: string;
  readonly validUntil: number;
  readonly linkMessage: string;
  /** The wallet's over `linkMessage`; in an acceptance the main profile's over its hash. */
  readonly signature: string;
  readonly profileKey?: Seed | undefined;
  readonly walletKey?: WalletKey | undefined;
  /** The key-creation nonce. */
  readonly nonce?: string | undefined;
  readonly reason?: string | undefined;
  /** Why a request is refused, as it came (specification 3.9). */
  readonly code?: string | undefined;
  /** The proof of a pairing code (specification 5.1). */
  readonly pairing?: string | undefined;
}

/** The payload as JSON members. */
export function linkJson(payload: LinkPayload): Record<string, Json | undefined> {
  return {
    profilePrivateKey: payload.profileKey && toBase64(payload.profileKey.reveal()),
    walletPrivateKey: payload.walletKey && toHex(payload.walletKey.reveal()),
    nonce: payload.nonce,
    profileName: payload.profileName,
    profileHash: payload.profileHash,
    validUntil: payload.validUntil,
    linkMessage: payload.linkMessage,
    signature: payload.signature,
    reason: payload.reason,
    code: payload.code,
    pairing: payload.pairing,
  };
}

/**
 * Reads the linking payload; checks no signature. An acceptance may leave out what the asker knows, empty
 * strings stand for absent members, and hex counts without 0x, too.
 */
export function linkPayloadFrom(metadata: Members, kind: LinkKind): LinkPayload {
  const members = metadata.object("link");
  const optional = (key: string, limit: number) => members.optionalText(key, limit) || undefined;
  const known = (key: string, limit: number) => (kind === "accept" ? (optional(key, limit) ?? "") : members.text(key, limit));
  const profileKey = optional("profilePrivateKey", 200);
  const walletKey = optional("walletPrivateKey", 200);
  return {
    kind,
    profileName: normalize(members.text("profileName", 255)),
    profileHash: with0x(known("profileHash", 100).toLowerCase(), 64),
    validUntil: validUntil(members, kind),
    linkMessage: known("linkMessage", MAX_LINK_MESSAGE),
    signature: members.text("signature", 20_000),
    profileKey: profileKey === undefined ? undefined : seedFrom(profileKey),
    walletKey: walletKey === undefined ? undefined : new WalletKey(fromHex(with0x(walletKey, 64), "walletPrivateKey", 32)),
    nonce: nonce(members),
    reason: members.optionalText("reason", MAX_REASON),
    code: members.optionalText("code", MAX_CODE),
    pairing: members.optionalText("pairing", 100),
  };
}

/** A profile's seed: 32 bytes, or as the reference notes a private key 64 of which they are the first. */
function seedFrom(text: string): Seed {
  const digits = text.replace(/^0x/, "");
  const isHex = HEX.test(digits) && (digits !== text || digits.length === 64 || digits.length === 128);
  const padded = text + "=".repeat((4 - (text.length % 4)) % 4);
  const data = isHex ? fromHex(`0x${digits}`, "profilePrivateKey") : fromBase64(padded, "profilePrivateKey");
  if (data.length !== 32 && data.length !== 64) throw new MalformedData("profilePrivateKey has neither 32 nor 64 bytes");
  return new Seed(data.slice(0, 32));
}

function with0x(text: string, digits: number): string {
  return text.length === digits && HEX.test(text) ? `0x${text}` : text;
}

/** The key-creation nonce, which may be a number; an empty one is none. */
function nonce(members: Members): string | undefined {
  const value = members.raw["nonce"];
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0
    ? String(value)
    : members.optionalText("nonce", 500) || undefined;
}

/** The validity; 0 where it was not said, which only an ending must not leave open. */
function validUntil(members: Members, kind: LinkKind): number {
  const said = members.raw["validUntil"] ?? "";
  if (said === "" && kind !== "reject" && kind !== "revoke") return 0;
  return unixSeconds(members.whole("validUntil"));
}

/** A UNIX time in seconds; above 10^12 it came in milliseconds. */
export function unixSeconds(time: number): number {
  const seconds = time > MILLISECONDS_ABOVE ? Math.floor(time / 1000) : time;
  if (seconds < 0 || seconds > LAST_SECOND) throw new MalformedData("a time is not one of this calendar");
  return seconds;
}
