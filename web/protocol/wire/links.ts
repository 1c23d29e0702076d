/** The linking payload of a message as JSON (protocol.md 3.3), in the newest vocabulary. */

import { fromBase64, fromHex, type Json, MalformedData, type Members, normalize, toBase64, toHex } from "../base/index.ts";
import { Seed, WalletKey } from "../crypto/index.ts";
import type { LinkKind } from "./dialects.ts";

const MAX_LINK_MESSAGE = 8_000;
const MAX_REASON = 500;
const LAST_SECOND = 253_402_300_799;
const MILLISECONDS_ABOVE = 10 ** 12;

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
  /** The proof of a pairing code (protocol.md 5.1). */
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
    pairing: payload.pairing,
  };
}

/** Reads the linking payload; checks no signature. */
export function linkPayloadFrom(metadata: Members, kind: LinkKind): LinkPayload {
  const members = metadata.object("link");
  const profileKey = members.optionalText("profilePrivateKey", 200);
  const walletKey = members.optionalText("walletPrivateKey", 200);
  return {
    kind,
    profileName: normalize(members.text("profileName", 255)),
    profileHash: members.text("profileHash", 100).toLowerCase(),
    validUntil: unixSeconds(members.whole("validUntil")),
    linkMessage: members.text("linkMessage", MAX_LINK_MESSAGE),
    signature: members.text("signature", 20_000),
    profileKey: profileKey === undefined ? undefined : new Seed(fromBase64(profileKey, "profilePrivateKey", 32)),
    walletKey: walletKey === undefined ? undefined : new WalletKey(fromHex(walletKey, "walletPrivateKey", 32)),
    nonce: members.optionalText("nonce", 500),
    reason: members.optionalText("reason", MAX_REASON),
    pairing: members.optionalText("pairing", 100),
  };
}

/** A UNIX time in seconds; above 10^12 it came in milliseconds. */
export function unixSeconds(time: number): number {
  const seconds = time > MILLISECONDS_ABOVE ? Math.floor(time / 1000) : time;
  if (seconds < 0 || seconds > LAST_SECOND) throw new MalformedData("a time is not one of this calendar");
  return seconds;
}
