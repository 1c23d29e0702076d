/**
 * What a visitor's browser keeps, as one record with a version: the profile with its keys, its messages, what
 * waits to be sent, and where linking stands. Times in milliseconds unless said otherwise.
 */

import { fromBase64, type Json, Members, MalformedData, readJson, toBase64 } from "../protocol/base/index.ts";
import { KeyWallet, ProfileKeys, Seed, WalletKey } from "../protocol/crypto/index.ts";
import { readSignedProfile, type SignedProfile } from "../protocol/wire/index.ts";

const VERSION = 1;

/** How far a profile's creation has come; what was reached is kept, and the next start goes on from there. */
export type Stage = "keys-made" | "name-claimed" | "alias-claimed" | "ready";

/** The visitor's profile for this application, with its keys. */
export interface Identity {
  readonly name: string;
  readonly app: string;
  /** The page for which it was made, as the browser reported it: an origin. */
  readonly page: string;
  readonly seed: Seed;
  /** The key-creation nonce. */
  readonly nonce: string;
  /** The profile's own wallet, which signed the profile. */
  readonly walletKey: WalletKey;
  /** Whether that wallet is random, so that a link has to hand it over. */
  readonly walletIsRandom: boolean;
  /** The user's wallet; undefined for a visitor without one, whose profile belongs to its own wallet. */
  readonly owner: string | undefined;
  readonly signed: SignedProfile;
  /** This device's name at the delivery services. */
  readonly reader: string;
  readonly stage: Stage;
  readonly aliases: readonly string[];
}

export type Sending = "waiting" | "failed" | "sent";

/** A message of a conversation, its canonical JSON in `text`. */
export interface StoredMessage {
  readonly hash: string;
  readonly peer: string;
  readonly own: boolean;
  readonly type: string;
  readonly text: string;
  /** The time to order by: the delivery service's where it has postmarked the message. */
  readonly at: number;
  readonly unread: boolean;
  /** For our own: how far the outbox has come, and why it is stuck. */
  readonly sending?: Sending | undefined;
  readonly problem?: string | undefined;
}

/** A message that waits to be handed to a delivery service of its receiver. */
export interface OutboxEntry {
  readonly id: string;
  readonly to: string;
  /** Who is named as sender in the delivery information. */
  readonly from: string;
  readonly text: string;
  readonly hash: string;
  readonly createdAt: number;
  readonly nextAt: number;
  readonly attempts: number;
  readonly failed: boolean;
  readonly problem?: string | undefined;
  /** Which problem it is, by `reasonOf`; absent in what was kept before there were these. */
  readonly reason?: string | undefined;
  /** Only for the profile with this hash: what holds keys goes to nobody else. */
  readonly receiverHash?: string | undefined;
}

/** Everything that is kept. `extra` are parts that others keep by name, such as linking. */
export interface State {
  readonly identity: Identity | undefined;
  readonly messages: readonly StoredMessage[];
  readonly outbox: readonly OutboxEntry[];
  /** How far each delivery service was read. */
  readonly cursors: Readonly<Record<string, string>>;
  readonly drafts: Readonly<Record<string, string>>;
  readonly parts: Readonly<Record<string, Json>>;
}

export const EMPTY: State = { identity: undefined, messages: [], outbox: [], cursors: {}, drafts: {}, parts: {} };

/** The keys of a profile. */
export function keysOf(identity: Identity): ProfileKeys {
  return new ProfileKeys(identity.seed);
}

/** The profile's own wallet. */
export function walletOf(identity: Identity): KeyWallet {
  return new KeyWallet(identity.walletKey);
}

/** The whole state as text. It holds keys: it is sealed before it goes anywhere. */
export function writeState(state: State): string {
  const { identity } = state;
  const rest = JSON.stringify({
    version: VERSION,
    identity: identity && {
      ...identity,
      seed: toBase64(identity.seed.reveal()),
      walletKey: toBase64(identity.walletKey.reveal()),
      signed: identity.signed.text,
    },
    cursors: state.cursors,
    drafts: state.drafts,
    parts: state.parts,
  });
  // Most of it is what it was at the last change: writing that anew would hold up whoever types.
  return `${rest.slice(0, -1)},"messages":[${state.messages.map(written).join()}],"outbox":[${state.outbox.map(written).join()}]}`;
}

const writings = new WeakMap<object, string>();

function written(item: StoredMessage | OutboxEntry): string {
  let text = writings.get(item);
  if (text === undefined) {
    text = JSON.stringify(item);
    writings.set(item, text);
  }
  return text;
}

/** A later version of this chat has written the state: it is left as it is. */
export class WrittenByLater extends MalformedData {}

/** Reads what `writeState` wrote, also in an earlier version. */
export function readState(text: string): State {
  const members = new Members(readJson(text, "the kept state", 200_000_000), "the kept state");
  const version = members.whole("version");
  if (version > VERSION) throw new WrittenByLater(`the kept state has version ${version}; reload the page`);
  const identity = members.optionalObject("identity");
  const record = <Value>(key: string) => (members.optionalObject(key)?.raw ?? {}) as Readonly<Record<string, Value>>;
  return {
    identity: identity && identityFrom(identity),
    messages: (members.optionalItems("messages") ?? []) as unknown as StoredMessage[],
    outbox: (members.optionalItems("outbox") ?? []) as unknown as OutboxEntry[],
    cursors: record<string>("cursors"),
    drafts: record<string>("drafts"),
    parts: record<Json>("parts"),
  };
}

function identityFrom(members: Members): Identity {
  return {
    name: members.text("name"),
    app: members.text("app"),
    page: members.text("page"),
    seed: new Seed(fromBase64(members.text("seed"), "the seed", 32)),
    nonce: members.text("nonce"),
    walletKey: new WalletKey(fromBase64(members.text("walletKey"), "the wallet key", 32)),
    walletIsRandom: members.optionalBoolean("walletIsRandom") ?? true,
    owner: members.optionalText("owner"),
    signed: readSignedProfile(members.text("signed")),
    reader: members.text("reader"),
    stage: members.text("stage") as Stage,
    aliases: members.texts("aliases"),
  };
}
