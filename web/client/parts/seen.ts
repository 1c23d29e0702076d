/**
 * The profiles that were seen under a name: a replaced one changes nothing by itself (specification 4).
 *
 * Whoever has taken a resolver over may serve a profile again whose keys have leaked. Nothing is sealed for it, and
 * what it signs is kept apart as signed with earlier keys, until the user takes it back. Loaded when somebody is
 * looked up.
 */

import { BadSignature, type Dm3Error, fromBase64, normalized, toBase64 } from "../../protocol/base/index.ts";
import { fingerprint } from "../../protocol/crypto/fingerprint.ts";
import { isDataSigned } from "../../protocol/crypto/index.ts";
import { isEntry } from "../../protocol/timeline/index.ts";
import { type Message, readMessage } from "../../protocol/wire/index.ts";
import type { Kept } from "../kept.ts";
import { CannotTell } from "../net/answers.ts";
import type { Recipient } from "../net/directory.ts";
import type { State } from "../state.ts";
import type { LinkPart } from "./linking.ts";
import type { Mailbox, Unverified } from "./mailbox.ts";

/** How many profiles of one name, and how many names of strangers, are remembered: the newest ones. */
const PROFILES = 16;
const NAMES = 500;
/** How many names of contacts have room of their own: what is remembered of them makes way for no stranger. */
const CONTACTS = 5_000;
/** How many messages are kept apart for one name, for how many names of strangers, and how long each may be. */
const APART = 20;
const APART_NAMES = 20;
const APART_SIZE = 100_000;
/** Milliseconds for which honest caches of others may still serve the profile before. */
const CACHED = 600_000;

interface Seen {
  readonly hash: string;
  /** Milliseconds: when it was first seen. */
  readonly at: number;
  /** Its signing key in base64, and the fingerprint of its keys; absent where an earlier version has kept it. */
  readonly key?: string;
  readonly print?: string;
}

/** A message that is signed with earlier keys of the name that it claims; its canonical JSON in `text`. */
export interface Apart {
  readonly hash: string;
  readonly text: string;
  /** Milliseconds. */
  readonly at: number;
  readonly carrier?: string | undefined;
}

/** What is kept, by name: the profiles, oldest first; which replaced one is served now; what is kept apart. */
interface SeenPart {
  readonly seen: Readonly<Record<string, readonly Seen[]>>;
  readonly replaced: Readonly<Record<string, string>>;
  readonly apart?: Readonly<Record<string, readonly Apart[]>>;
}

/** An earlier profile is served under that name, and it was replaced. */
export class EarlierProfile extends CannotTell {
  override readonly code = "earlier-profile";
}

function partOf(state: State): Required<SeenPart> {
  return { seen: {}, replaced: {}, apart: {}, ...(state.parts["seen"] as Partial<SeenPart> | undefined) };
}

function withPart(state: State, part: SeenPart): State {
  return { ...state, parts: { ...state.parts, seen: part as never } };
}

/** Whether a profile that was replaced is served under `name` now. */
export function isReplaced(state: State, name: string): boolean {
  return name in partOf(state).replaced;
}

/** What claims to be of `name` and is signed with earlier keys of it, oldest first. */
export function keptApart(state: State, name: string): readonly Apart[] {
  return partOf(state).apart[name] ?? [];
}

/** Under which names something is kept apart. */
export function namesApart(state: State): readonly string[] {
  return Object.keys(partOf(state).apart);
}

/** The fingerprints of the keys of `name`: those in force, and those that were replaced and are served again. */
export function printsOf(state: State, name: string): { readonly inForce: string | undefined; readonly again: string | undefined } {
  const { seen, replaced } = partOf(state);
  const known = seen[name] ?? [];
  return { inForce: known.at(-1)?.print, again: known.find(({ hash }) => hash === replaced[name])?.print };
}

/** Remembers `found`; throws `EarlierProfile` where it was replaced by one that was seen later. `now` in milliseconds. */
export async function requireInForce(kept: Kept, { name, signed }: Recipient, now: number): Promise<void> {
  if (kept.state.identity === undefined) return; // nothing is stored before somebody writes
  const found = { hash: signed.hash, key: toBase64(signed.profile.signingKey), print: fingerprint(signed.profile) };
  const known = partOf(kept.state).seen[name] ?? [];
  const newest = known.at(-1);
  const before = known.find(({ hash }) => hash === signed.hash);
  if (before !== undefined && before.key === undefined) await kept.change((state) => withKeys(state, name, found));
  if (newest !== undefined && newest.hash !== signed.hash && before !== undefined) {
    if (now - newest.at <= CACHED) return; // others' caches may be behind for a while
    await kept.change((state) => {
      const part = partOf(state);
      return part.replaced[name] === signed.hash ? state : withPart(state, { ...part, replaced: { ...part.replaced, [name]: signed.hash } });
    });
    throw new EarlierProfile(`${name} is published with earlier keys again`);
  }
  if (newest?.hash !== signed.hash || isReplaced(kept.state, name)) await kept.change((state) => withNewest(state, name, found, now));
}

/** Keeps a message apart that failed with `error`, if earlier keys of its sender's name have signed it. Says whether. */
export async function keepApart(kept: Kept, { message, at, carrier }: Unverified, error: Dm3Error): Promise<boolean> {
  if (!(error instanceof EarlierProfile || error instanceof BadSignature) || message.text.length > APART_SIZE) return false;
  const name = await normalized(message.from);
  const earlier = (partOf(kept.state).seen[name] ?? []).slice(0, -1);
  if (!earlier.some(({ key }) => key !== undefined && hasSigned(key, message))) return false;
  const one: Apart = { hash: message.hash, text: message.text, at, carrier };
  await kept.change((state) => {
    const part = partOf(state);
    const { [name]: before = [], ...others } = part.apart;
    // It may have come in before the keys were replaced, and come again since its acknowledgement was lost.
    if ([...before, ...state.messages].some(({ hash }) => hash === one.hash)) return state;
    const all = { ...others, [name]: [...before, one].slice(-APART) };
    return withPart(state, { ...part, apart: bounded(state, all, APART_NAMES) });
  });
  return true;
}

/** Throws away what is kept apart under a message's hash. */
export async function discard(kept: Kept, name: string, message: string): Promise<void> {
  await kept.change((state) => without(state, name, message));
}

/** Has the profile that is served under `name`, though it was replaced, count from now on; what it signed comes in. */
export async function takeBack({ kept, mailbox }: { kept: Kept; mailbox: Pick<Mailbox, "taken"> }, name: string, now: number): Promise<void> {
  await kept.change((state) => {
    const { seen, replaced } = partOf(state);
    const served = seen[name]?.find(({ hash }) => hash === replaced[name]);
    return served === undefined ? state : withNewest(state, name, served, now);
  });
  for (const { hash, text, at, carrier } of keptApart(kept.state, name)) {
    try {
      const step = await mailbox.taken({ message: readMessage(text), at, carrier });
      await kept.change((state) => step(without(state, name, hash)));
    } catch (error) {
      if (!(error instanceof BadSignature)) throw error; // of other earlier keys: it stays apart
    }
  }
}

function hasSigned(key: string, { signedText, signature }: Message): boolean {
  return isDataSigned(fromBase64(key, "the key"), signedText, signature);
}

function withKeys(state: State, name: string, found: Omit<Seen, "at">): State {
  const part = partOf(state);
  const profiles = (part.seen[name] ?? []).map((one) => (one.hash === found.hash ? { ...one, ...found } : one));
  return withPart(state, { ...part, seen: { ...part.seen, [name]: profiles } });
}

function withNewest(state: State, name: string, found: Omit<Seen, "at">, at: number): State {
  const part = partOf(state);
  const { [name]: before = [], ...others } = part.seen;
  const { [name]: _, ...replaced } = part.replaced;
  const later = [...before.filter((one) => one.hash !== found.hash), { ...found, at }].slice(-PROFILES);
  const seen = bounded(state, { ...others, [name]: later }, NAMES);
  const known = Object.entries(replaced).filter(([one]) => one in seen);
  return withPart(state, { ...part, seen, replaced: Object.fromEntries(known) });
}

/** Of what is kept by name, oldest first: the newest of so many strangers, and that of contacts, which has its own room. */
function bounded<Value>(state: State, all: Readonly<Record<string, Value>>, strangers: number): Readonly<Record<string, Value>> {
  const names = Object.keys(all);
  if (names.length <= strangers) return all;
  const contacts = contactsIn(state);
  const theirs = names.filter((name) => contacts.has(name)).slice(-CONTACTS);
  const left = new Set([...theirs, ...names.filter((name) => !contacts.has(name)).slice(-strangers)]);
  return Object.fromEntries(Object.entries(all).filter(([name]) => left.has(name)));
}

/** Whom the visitor has to do with: their own names, the messenger that they asked for a link, whom they have written to. */
function contactsIn({ identity, messages, parts }: State): ReadonlySet<string> {
  const link = parts["link"] as LinkPart | undefined;
  const written = messages.filter(({ own, type }) => own && isEntry(type));
  const names = [identity?.name, ...(identity?.aliases ?? []), link?.asking.mainName, ...written.map(({ peer }) => peer)];
  return new Set(names.filter((name) => name !== undefined));
}

function without(state: State, name: string, message: string): State {
  const part = partOf(state);
  const { [name]: before = [], ...others } = part.apart;
  const left = before.filter(({ hash }) => hash !== message);
  return withPart(state, { ...part, apart: left.length > 0 ? { ...others, [name]: left } : others });
}
