/**
 * The linked profile's side (specification 3.3, 3.9): asking, taking the answer in, renewing, ending.
 *
 * Which state follows, and what is to be done, stands in `table.json`, which `make vectors` writes from
 * Python's table: both sides have one.
 */

import { Dm3Error, type Json, normalize, sha256Hex } from "../base/index.ts";
import { isSigned, type Seed, type WalletKey } from "../crypto/index.ts";
import { LINK_TYPES, type LinkPayload, type Message, type Profile } from "../wire/index.ts";
import type { PairingProofs } from "./pairing.ts";
import { type Rejection, rejectionOf } from "./rejection.ts";
import table from "./table.json";

const MAX_EARLIER = 8;
/** How far the main profile's clock may differ, in seconds. */
const SKEW = 120;

export type AskingState = "unlinked" | "requested" | "linked" | "expired";
export type AskingEvent =
  | "asked"
  | "accepted"
  | "accepted-without-keys"
  | "renewed"
  | "rejected"
  | "revoked"
  | "earlier-revoked"
  | "ended"
  | "lapsed"
  | "expired";
export type AskingEffect =
  | "send-link"
  | "send-link-with-keys"
  | "send-revoke"
  | "publish-record"
  | "withdraw-record"
  | "forward-history"
  | "notify-user";

/** Why an answer is not taken; `reason` as the vectors name it. */
export class LinkRefused extends Dm3Error {
  override readonly code = "link-refused";
  override readonly fault = "remote";

  constructor(readonly reason: string) {
    super(`the answer to the link request is refused: ${reason}`);
  }
}

/** A request that was sent; `until` in UNIX seconds. */
export interface Asked {
  readonly linkMessage: string;
  readonly walletSignature: string;
  readonly until: number;
  readonly withKeys: boolean;
  readonly pairing?: PairingProofs | undefined;
}

/** The profile's own view of its request and link; times in UNIX seconds. JSON, so that it can be kept. */
export interface Asking extends Rejection, Record<string, Json | undefined | object> {
  readonly state: AskingState;
  readonly mainName: string;
  readonly latest: Asked;
  /** 0 once the link was ended or revoked: nothing may be accepted any more. */
  readonly requestedUntil: number;
  readonly validUntil: number;
  /** What was accepted, with the main profile's signature. */
  readonly accepted?: Asked | undefined;
  readonly mainSignature?: string | undefined;
  /** Requests to the same main profile that have no answer yet. */
  readonly earlier: readonly Asked[];
}

/** The new record and what to do. */
export interface AskingStep {
  readonly asking: Asking;
  readonly effects: readonly AskingEffect[];
}

const ROWS = table.rows as readonly {
  readonly state: AskingState;
  readonly event: AskingEvent;
  readonly next: AskingState;
  readonly effects: readonly AskingEffect[];
}[];

function row(state: AskingState, event: AskingEvent): { next: AskingState; effects: readonly AskingEffect[] } {
  const found = ROWS.find((each) => each.state === state && each.event === event);
  if (found === undefined) throw new LinkRefused("unknown-request");
  return found;
}

/** Asks to be linked, or renews the link that there is with the same main profile. */
export function ask(asking: Asking | undefined, mainName: string, latest: Asked): AskingStep {
  const main = normalize(mainName);
  const state = asking?.state ?? "unlinked";
  const renewing = asking !== undefined && state === "linked" && asking.mainName === main;
  if (state === "linked" && !renewing) throw new LinkRefused("linked-elsewhere");
  const { next, effects } = row(state, renewing ? "renewed" : "asked");
  const common = { mainName: main, latest, requestedUntil: latest.until, earlier: unanswered(asking, main), state: next };
  // No answer to a renewal will come, so the validity moves here as well.
  const renewed = renewing ? { ...asking, ...common, validUntil: latest.until } : { ...common, validUntil: 0 };
  return { asking: renewed, effects };
}

/**
 * When the next Link Message is issued, for a clock that says `now`, in UNIX seconds: later than those before, whichever
 * way the clock went meanwhile (specification 3.3). One that was wrong by more than two minutes had none taken.
 */
export function issueTime(asking: Asking | undefined, now: number): number {
  const texts = asking === undefined ? [] : [...asking.earlier, asking.latest].map(({ linkMessage }) => linkMessage);
  const issued = texts.map((text) => Date.parse(/^Issued At: (.+)$/m.exec(text)?.[1] ?? "") / 1000);
  const after = Math.max(now, ...issued.filter((time) => time <= now + SKEW - 1).map((time) => Math.floor(time) + 1));
  return after;
}

function unanswered(asking: Asking | undefined, mainName: string): readonly Asked[] {
  if (asking === undefined || asking.mainName !== mainName) return [];
  if (asking.state !== "requested" && asking.state !== "linked") return [];
  const latest = asking.latest.linkMessage === asking.accepted?.linkMessage ? [] : [latestOf(asking)];
  return [...asking.earlier, ...latest].slice(-MAX_EARLIER);
}

/** The latest request, valid as long as it still is. */
function latestOf(asking: Asking): Asked {
  return { ...asking.latest, until: asking.requestedUntil };
}

/** What the linked profile hands over. */
export interface OwnProfile {
  readonly name: string;
  readonly hash: string;
  readonly seed: Seed;
  readonly nonce: string;
  /** Only where the wallet cannot be derived from the seed. */
  readonly walletKey: WalletKey | undefined;
}

/** The payload of LINK: the latest request, or with `keys` the one that was accepted, now with the keys. */
export function requestPayload(asked: Asked, own: OwnProfile, keys = asked.withKeys): LinkPayload {
  return {
    kind: "request",
    profileName: own.name,
    profileHash: own.hash,
    validUntil: asked.until,
    linkMessage: asked.linkMessage,
    signature: asked.walletSignature,
    profileKey: keys ? own.seed : undefined,
    walletKey: keys ? own.walletKey : undefined,
    nonce: keys ? own.nonce : undefined,
    pairing: asked.pairing?.request,
  };
}

/** Checks a LINK_ACCEPT whose message signature is known to be good, and steps on; `also` are further names of its sender. */
export function takeAcceptance(
  asking: Asking | undefined,
  message: Message,
  main: Profile,
  own: { name: string; hash: string },
  now: number,
  also: readonly string[] = [],
): AskingStep {
  if (message.link?.kind !== "accept") throw new LinkRefused("wrong-type");
  if (asking === undefined || (asking.state === "unlinked" && asking.requestedUntil === 0)) {
    throw new LinkRefused("unknown-request");
  }
  const all = [...asking.earlier, latestOf(asking)];
  const payload = filledIn(message.link, all, main, own.hash);
  const found = asking.earlier.findIndex(({ linkMessage }) => linkMessage === payload.linkMessage);
  const at = found < 0 ? all.length - 1 : found;
  const accepted = all[at]!;
  if (![message.from, ...also].includes(asking.mainName)) throw new LinkRefused("wrong-sender");
  if (payload.linkMessage !== accepted.linkMessage) throw new LinkRefused("wrong-link-message");
  if (!isSigned(main.signingKey, sha256Hex(accepted.linkMessage), payload.signature)) {
    throw new LinkRefused("bad-main-signature");
  }
  if (accepted.pairing !== undefined && payload.pairing !== accepted.pairing.acceptance) {
    throw new LinkRefused("wrong-pairing");
  }
  if (payload.profileName !== own.name) throw new LinkRefused("wrong-profile");
  if (payload.profileHash !== own.hash) throw new LinkRefused("wrong-hash");
  if (payload.validUntil > accepted.until) throw new LinkRefused("term-too-long");
  if (payload.validUntil <= now) throw new LinkRefused("expired");
  const { next, effects } = row(asking.state, accepted.withKeys ? "accepted" : "accepted-without-keys");
  const isLatest = at === all.length - 1;
  return {
    effects,
    asking: {
      ...asking,
      state: next,
      // The latest request renews the link that an earlier one has made.
      validUntil: isLatest ? payload.validUntil : asking.requestedUntil,
      // Keys that were wanted are on their way now: the same acceptance once more asks for none.
      latest: isLatest ? { ...asking.latest, withKeys: true } : asking.latest,
      accepted,
      mainSignature: payload.signature,
      earlier: asking.earlier.slice(at + 1),
      rejection: undefined,
      rejectedFor: undefined,
    },
  };
}

/** An acceptance with what it leaves out: it is about the newest request whose hash was signed. */
function filledIn(payload: LinkPayload, requests: readonly Asked[], main: Profile, ownHash: string): LinkPayload {
  const signed = ({ linkMessage }: Asked) => isSigned(main.signingKey, sha256Hex(linkMessage), payload.signature);
  const linkMessage = payload.linkMessage || (requests.findLast(signed)?.linkMessage ?? "");
  const asked = requests.find((each) => each.linkMessage === linkMessage) ?? requests.at(-1)!;
  return {
    ...payload,
    linkMessage,
    profileHash: payload.profileHash || ownHash,
    validUntil: payload.validUntil || asked.until,
  };
}

/** The user ends the link, or takes the request back. */
export function end(asking: Asking): AskingStep {
  const { next, effects } = row(asking.state, "ended");
  return { asking: { ...asking, state: next, requestedUntil: 0 }, effects };
}

/** What LINK_REJECT and LINK_REVOKE sign: never the bare hash, which would be an acceptance. */
export function endingText(kind: "reject" | "revoke", linkMessage: string): string {
  return `${LINK_TYPES[kind]}: ${sha256Hex(linkMessage)}`;
}

/** Takes a rejection or a revocation in; the message's signature is known to be good, `also` are further names of its sender. */
export function takeEnding(asking: Asking | undefined, message: Message, main: Profile, also: readonly string[] = []): AskingStep {
  const payload = message.link;
  if (payload?.kind !== "reject" && payload?.kind !== "revoke") throw new LinkRefused("wrong-type");
  if (asking === undefined) throw new LinkRefused("unknown-request");
  if (![message.from, ...also].includes(asking.mainName)) throw new LinkRefused("wrong-sender");
  const about = payload.kind === "reject" ? [asking.latest.linkMessage] : messagesOf(asking);
  if (!about.includes(payload.linkMessage)) throw new LinkRefused("wrong-link-message");
  if (!isSigned(main.signingKey, endingText(payload.kind, payload.linkMessage), payload.signature)) {
    throw new LinkRefused("bad-message-signature");
  }
  return payload.kind === "reject" ? rejected(asking, payload) : revoked(asking, payload.linkMessage);
}

/** Every Link Message that the main profile may have linked by, oldest first, each once. */
export function messagesOf(asking: Asking): string[] {
  const all = [...(asking.accepted ? [asking.accepted] : []), ...asking.earlier, asking.latest];
  return [...new Set(all.map(({ linkMessage }) => linkMessage))];
}

function rejected(asking: Asking, payload: LinkPayload): AskingStep {
  const { validUntil } = payload;
  const { next, effects } = row(asking.state, "rejected");
  // What was rejected has moved nothing at the main profile where a link stays in force there.
  const inForce =
    validUntil === 0
      ? {}
      : {
          validUntil: Math.min(asking.validUntil, validUntil),
          requestedUntil: Math.min(asking.requestedUntil, validUntil),
        };
  return { asking: { ...asking, ...inForce, ...rejectionOf(payload), state: next }, effects };
}

function revoked(asking: Asking, linkMessage: string): AskingStep {
  const messages = messagesOf(asking);
  const later = messages.slice(messages.indexOf(linkMessage) + 1);
  if (later.length === 0 || asking.requestedUntil === 0) {
    const { next, effects } = row(asking.state, "revoked");
    return { asking: { ...asking, state: next, requestedUntil: 0 }, effects };
  }
  const { next, effects } = row(asking.state, "earlier-revoked");
  return {
    effects,
    asking: {
      ...asking,
      state: next,
      earlier: asking.earlier.filter((asked) => later.includes(asked.linkMessage)),
      validUntil: 0,
      accepted: undefined,
      mainSignature: undefined,
    },
  };
}

/** Lets a request lapse or a link expire, the link a little later than the main profile may. */
export function passTime(asking: Asking, now: number): Asking {
  if (asking.state === "requested" && now > asking.requestedUntil) {
    return { ...asking, state: row("requested", "lapsed").next };
  }
  if (asking.state === "linked" && now > asking.validUntil + SKEW) {
    return { ...asking, state: row("linked", "expired").next };
  }
  return asking;
}
