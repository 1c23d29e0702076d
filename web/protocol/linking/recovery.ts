/** A device without keys gets them back through the main profile (specification 3.5). */

import { type Json, sha256Hex } from "../base/index.ts";
import { isSigned, type Seed } from "../crypto/index.ts";
import type { LinkPayload, Message, Profile } from "../wire/index.ts";
import type { PairingProofs } from "./pairing.ts";
import { type Rejection, rejectionOf } from "./rejection.ts";
import { endingText, LinkRefused } from "./requester.ts";

/** A recovery under way; JSON, so that it can be kept. Times in UNIX seconds. */
export interface Recovery extends Rejection, Record<string, Json | undefined | object> {
  readonly profileName: string;
  readonly profileHash: string;
  readonly mainName: string;
  readonly linkMessage: string;
  readonly walletSignature: string;
  readonly until: number;
  readonly pairing?: PairingProofs | undefined;
}

/** The payload of LINK_RECOVER: no keys. */
export function recoveryPayload(recovery: Recovery): LinkPayload {
  return {
    kind: "recover",
    profileName: recovery.profileName,
    profileHash: recovery.profileHash,
    validUntil: recovery.until,
    linkMessage: recovery.linkMessage,
    signature: recovery.walletSignature,
    pairing: recovery.pairing?.request,
  };
}

/** The keys of a LINK_ACCEPT whose message signature is known to be good; `also` are further names of its sender. Throws `LinkRefused`. */
export function takeKeys(
  recovery: Recovery,
  message: Message,
  main: Profile,
  publishedHash: string,
  also: readonly string[] = [],
): LinkPayload & { profileKey: Seed } {
  const payload = message.link;
  if (payload?.kind !== "accept") throw new LinkRefused("wrong-type");
  if (![message.from, ...also].includes(recovery.mainName)) throw new LinkRefused("wrong-sender");
  if ((payload.linkMessage || recovery.linkMessage) !== recovery.linkMessage) throw new LinkRefused("wrong-link-message");
  if (!isSigned(main.signingKey, sha256Hex(recovery.linkMessage), payload.signature)) throw new LinkRefused("bad-main-signature");
  if (recovery.pairing !== undefined && payload.pairing !== recovery.pairing.acceptance) throw new LinkRefused("wrong-pairing");
  if (payload.profileName !== recovery.profileName) throw new LinkRefused("wrong-profile");
  if (recovery.profileHash !== publishedHash) throw new LinkRefused("wrong-hash");
  if (payload.profileKey === undefined) throw new LinkRefused("no-key");
  return { ...payload, linkMessage: recovery.linkMessage, profileKey: payload.profileKey };
}

/** The recovery after a LINK_REJECT. Throws `LinkRefused` for one that is not about it. */
export function takeRejection(recovery: Recovery, message: Message, main: Profile, also: readonly string[] = []): Recovery {
  const payload = message.link;
  if (payload?.kind !== "reject" || payload.linkMessage !== recovery.linkMessage) throw new LinkRefused("wrong-link-message");
  if (![message.from, ...also].includes(recovery.mainName)) throw new LinkRefused("wrong-sender");
  if (!isSigned(main.signingKey, endingText("reject", payload.linkMessage), payload.signature)) throw new LinkRefused("bad-main-signature");
  return { ...recovery, ...rejectionOf(payload) };
}
