/**
 * Linking to the visitor's own messenger, from its asking side (specification 3.3, 5.1). Loaded when it is needed.
 *
 * A step and the messages that it causes are one change of the state: what is not kept is never on its way.
 */

export { keysBySigning } from "./keys_by_signing.ts";
export { claimAlias } from "./public_name.ts";

import { Dm3Error, normalized, toHex, WrongState } from "../../protocol/base/index.ts";
import { compose } from "../../protocol/composing.ts";
import { checksumAddress, type RandomBytes, recoverPersonal, sign } from "../../protocol/crypto/index.ts";
import {
  ask,
  type Asked,
  type Asking,
  type AskingEffect,
  type AskingStep,
  end,
  endingText,
  issueTime,
  newLinkNonce,
  pairingProofs,
  parsePairingCode,
  passTime,
  printLinkMessage,
  requestPayload,
  takeAcceptance,
  takeEnding,
} from "../../protocol/linking/index.ts";
import { linkRecord } from "../../protocol/linking/record.ts";
import { type LinkPayload, LINK_TYPES, SERVICE_FALLBACK, supports } from "../../protocol/wire/index.ts";
import type { Kept } from "../kept.ts";
import { publishRecord } from "../net/claims.ts";
import type { Directory, Recipient } from "../net/directory.ts";
import type { Resolver } from "../net/resolver.ts";
import { type Identity, keysOf, type State, walletOf } from "../state.ts";
import { AnotherSigner, type Signer, signatureOf } from "../wallets/signer.ts";
import { alsoKnownAs, NothingKnown, OwnMessenger, requireRightClock, requireSupport } from "./addressee.ts";
import type { Arrival } from "./mailbox.ts";
import { enqueued } from "./outbox.ts";

const YEAR = 365 * 86_400;
const RECORD = "network.dm3.link";
const HISTORY_MESSAGES = 200;
const HISTORY_CHARS = 2_000_000;

/** What is kept of linking, beside the protocol's own record. */
export interface LinkPart extends Record<string, unknown> {
  readonly asking: Asking;
  /** Whether the main profile reads this profile's own mailbox: then copies go there. */
  readonly readsOurs: boolean;
  /** The keys went, or will go, after the acceptance, to a messenger that may take that for a renewal. */
  readonly lateKeys?: boolean | undefined;
  /** The record's value that is still to be published, null to withdraw it. */
  readonly record?: string | null | undefined;
}

/** The main profile belongs to another account than the one that signs. */
export class AnotherOwner extends WrongState {
  override readonly code = "another-owner";
}

/** What the visitor says of the messenger that is asked. */
export interface LinkRequest {
  readonly mainName: string;
  /** Signs the Link Message; without one the profile's own wallet does, and a pairing code is needed. */
  readonly wallet?: Signer | undefined;
  /** The code that the messenger shows, as typed. */
  readonly pairing?: string | undefined;
  /** Seconds; a year unless said. */
  readonly term?: number;
  /** It may be asked, though nothing is known of what it reads: the keys go only after its acceptance. */
  readonly allowUnknown?: boolean;
}

/** Where linking stands; undefined when nobody was asked. */
export function linkOf(state: State): LinkPart | undefined {
  return state.parts["link"] as LinkPart | undefined;
}

export class Linking {
  constructor(
    readonly kept: Kept,
    readonly directory: Directory,
    readonly resolver: Resolver,
    readonly random: RandomBytes,
    readonly now: () => number = Date.now,
  ) {}

  /**
   * Asks the messenger `mainName` to take this profile in. Throws `AnotherOwner` where neither the wallet is the
   * messenger's own nor a code was given, `UnsupportedByPeer`, `NothingKnown` where it does not say what it reads and
   * `allowUnknown` is not said, `WrongClock`, `InvalidInput`, or what looking it up throws.
   */
  async request({ mainName, wallet, pairing, term = YEAR, allowUnknown = false }: LinkRequest): Promise<void> {
    const identity = this.#identity();
    const code = pairing === undefined ? undefined : parsePairingCode(pairing);
    const main = await this.#addressee(await normalized(mainName), identity);
    const own = walletOf(identity);
    const signer = wallet ?? own;
    const account = checksumAddress(signer.address);
    const isOwners = main.owner === account;
    if (!isOwners && code === undefined) throw new AnotherOwner(`${main.name} belongs to another account than the one that signs`);
    const known = main.listed || linkOf(this.kept.state)?.asking.mainName === main.name;
    if (!known && !allowUnknown) throw new NothingKnown(`the messenger of ${main.name} does not say what it reads`);
    requireRightClock(this.now(), main.recipient);
    const seconds = issueTime(linkOf(this.kept.state)?.asking, Math.floor(this.now() / 1000));
    const text = printLinkMessage({
      kind: "request",
      mainName: main.name,
      uri: identity.page,
      nonce: newLinkNonce(this.random),
      issuedAt: seconds,
      expiresAt: seconds + term,
      chainId: 1,
      profileName: identity.name,
      profileHash: identity.signed.hash,
      owner: account,
    });
    const walletSignature = await signatureOf(signer, text);
    if (recoverPersonal(text, walletSignature) !== account) throw new AnotherSigner();
    const asked: Asked = {
      linkMessage: text,
      walletSignature,
      until: seconds + term,
      // Keys go only to the main profile that is meant: its own wallet's, or one that has proved the code.
      withKeys: isOwners && code === undefined && main.listed,
      pairing: code === undefined ? undefined : pairingProofs(code, text),
    };
    const rejects = main.recipient.extension && supports(main.recipient.extension, "LINK_REJECT");
    await this.kept.change((state) => {
      const before = linkOf(state)?.asking;
      const next = { ...state, parts: { ...state.parts, link: { ...linkOf(state), lateKeys: !asked.withKeys && rejects !== true } as never } };
      return this.#stepped(next, ask(before && passTime(before, seconds), main.name, asked), main.recipient);
    });
  }

  /** Ends the link, or takes the request back; the messenger is told where it reads that. */
  async end(): Promise<void> {
    const part = linkOf(this.kept.state);
    if (part === undefined) throw new WrongState("there is no link to end");
    const { recipient, revocable } = await this.#toldOfEnd(part.asking.mainName);
    await this.kept.change((state) => {
      const now = linkOf(state);
      return now === undefined ? state : this.#stepped(state, end(now.asking), recipient, revocable);
    });
  }

  /** How the state changes by a message about linking; what is not to be believed changes nothing. */
  async taken(arrival: Arrival): Promise<(state: State) => State> {
    const asked = linkOf(this.kept.state)?.asking.mainName;
    const also = asked === undefined ? [] : await alsoKnownAs(this.directory, arrival.sender, asked);
    return (state) => this.#taken(state, arrival, also);
  }

  #taken(state: State, arrival: Arrival, also: readonly string[]): State {
    const part = linkOf(state);
    const { identity } = state;
    const kind = arrival.message.link?.kind;
    if (identity === undefined || (kind !== "accept" && kind !== "reject" && kind !== "revoke")) return state;
    const main = arrival.sender.signed.profile;
    const own = { name: identity.name, hash: identity.signed.hash };
    const seconds = Math.floor(this.now() / 1000);
    try {
      const step =
        kind === "accept"
          ? takeAcceptance(part?.asking, arrival.message, main, own, seconds, also)
          : takeEnding(part?.asking, arrival.message, main, also);
      const readsOurs = kind === "accept" ? arrival.carrier === identity.name : (part?.readsOurs ?? false);
      return this.#stepped({ ...state, parts: { ...state.parts, link: { ...part, readsOurs } as never } }, step, arrival.sender);
    } catch (error) {
      if (error instanceof Dm3Error) return state;
      throw error;
    }
  }

  /** Lets time pass, and publishes what waits to be published. */
  async afterwards(): Promise<void> {
    const seconds = Math.floor(this.now() / 1000);
    await this.kept.change((state) => {
      const part = linkOf(state);
      if (part === undefined) return state;
      const asking = passTime(part.asking, seconds);
      return asking === part.asking ? state : withPart(state, { ...part, asking });
    });
    const part = linkOf(this.kept.state);
    const { identity } = this.kept.state;
    // A profile that has just come back from the messenger is completed first.
    if (part?.record === undefined || identity?.stage !== "ready") return;
    await publishRecord(this.resolver, identity.name, RECORD, part.record, keysOf(identity), this.now());
    await this.kept.change((state) => {
      const now = linkOf(state);
      return now === undefined || now.record !== part.record ? state : withPart(state, { ...now, record: undefined });
    });
  }

  #stepped(state: State, step: AskingStep, main: Recipient, revocable = true): State {
    const before = linkOf(state);
    let next = withPart(state, { readsOurs: false, ...before, asking: step.asking });
    for (const effect of step.effects) next = this.#carriedOut(next, effect, step.asking, main, revocable);
    return next;
  }

  #carriedOut(state: State, effect: AskingEffect, asking: Asking, main: Recipient, revocable: boolean): State {
    const identity = state.identity!;
    switch (effect) {
      case "send-link":
        return this.#sent(state, requestPayload(asking.latest, ownOf(identity)), main);
      case "send-link-with-keys":
        return this.#sent(state, requestPayload(asking.accepted!, ownOf(identity), true), main);
      case "send-revoke":
        return revocable ? this.#sent(state, revocation(asking, identity), main) : state;
      case "publish-record": {
        const record = linkRecord(asking, identity.name, identity.signed.hash, keysOf(identity));
        return withPart(state, { ...linkOf(state)!, record });
      }
      case "withdraw-record":
        return withPart(state, { ...linkOf(state)!, record: null });
      case "forward-history":
        return this.#forwarded(state);
      case "notify-user":
        return state; // the screen shows the state itself, with the reason of a rejection
    }
  }

  /** A message about linking; what holds keys goes to nobody but the profile with this hash. */
  #sent(state: State, link: LinkPayload, main: Recipient): State {
    const identity = state.identity!;
    const draft = {
      to: linkOf(state)!.asking.mainName,
      from: identity.name,
      timestamp: this.now(),
      type: LINK_TYPES[link.kind],
      content: SERVICE_FALLBACK,
      link,
    };
    const { text, hash } = compose(draft, keysOf(identity));
    const outgoing = { to: draft.to, from: identity.name, text, hash, receiverHash: main.signed.hash };
    return enqueued(state, outgoing, this.now(), toHex(this.random(12)));
  }

  #forwarded(state: State): State {
    let left = HISTORY_CHARS;
    const newest = [...state.messages].sort((one, other) => other.at - one.at).slice(0, HISTORY_MESSAGES);
    const fitting = newest.filter(({ text }) => (left -= text.length) >= 0);
    return fitting.reverse().reduce((next, message) => withCopy(next, message, this.now(), this.random), state);
  }

  async #addressee(name: string, identity: Identity): Promise<{ name: string; owner: string; listed: boolean; recipient: Recipient }> {
    const recipient = await this.directory.findWithExtension(name);
    if (recipient.signed.hash === identity.signed.hash) throw new OwnMessenger("a profile is not linked to itself");
    return { name, owner: recipient.owner, listed: requireSupport(recipient, "LINK"), recipient };
  }

  async #toldOfEnd(name: string): Promise<{ recipient: Recipient; revocable: boolean }> {
    const recipient = await this.directory.findWithExtension(name);
    const listed = recipient.extension !== undefined && supports(recipient.extension, "LINK_REVOKE") === true;
    return { recipient, revocable: listed };
  }

  #identity(): Identity {
    const { identity } = this.kept.state;
    if (identity === undefined || identity.stage !== "ready") throw new WrongState("there is no profile yet");
    return identity;
  }
}

/** The state with a copy of a message on its way to where the main profile reads (specification 3.6). */
export function withCopy(state: State, message: { text: string; hash: string }, now: number, random: RandomBytes): State {
  const part = linkOf(state);
  const identity = state.identity;
  if (part === undefined || identity === undefined || part.asking.state !== "linked") return state;
  const to = part.readsOurs ? identity.name : part.asking.mainName;
  const { text, hash } = message;
  return enqueued(state, { to, from: identity.name, text, hash, receiverHash: undefined }, now, toHex(random(12)));
}

function withPart(state: State, link: LinkPart): State {
  return { ...state, parts: { ...state.parts, link: link as never } };
}

function ownOf(identity: Identity) {
  const walletKey = identity.walletIsRandom ? identity.walletKey : undefined;
  return { name: identity.name, hash: identity.signed.hash, seed: identity.seed, nonce: identity.nonce, walletKey };
}

function revocation(asking: Asking, identity: Identity): LinkPayload {
  const { linkMessage } = asking.accepted ?? asking.latest;
  return {
    kind: "revoke",
    profileName: identity.name,
    profileHash: identity.signed.hash,
    validUntil: 0,
    linkMessage,
    signature: sign(keysOf(identity), endingText("revoke", linkMessage)),
  };
}
