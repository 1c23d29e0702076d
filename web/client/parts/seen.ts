/**
 * The profiles that were seen under a name: a replaced one changes nothing by itself (specification 4).
 *
 * Whoever has taken a resolver over may serve a profile again whose keys have leaked. Nothing is sealed for it, and
 * what it signs stays at the service, until the user takes it back. Loaded when somebody is looked up.
 */

import type { Kept } from "../kept.ts";
import { CannotTell } from "../net/answers.ts";
import type { Recipient } from "../net/directory.ts";
import type { State } from "../state.ts";

/** How many profiles of one name, and how many names, are remembered: the newest ones. */
const PROFILES = 16;
const NAMES = 500;
/** Milliseconds for which honest caches of others may still serve the profile before. */
const CACHED = 600_000;

interface Seen {
  readonly hash: string;
  /** Milliseconds: when it was first seen. */
  readonly at: number;
}

/** What is kept: the profiles by name, oldest first, and under which names a replaced one is served now. */
interface SeenPart {
  readonly seen: Readonly<Record<string, readonly Seen[]>>;
  readonly replaced: Readonly<Record<string, string>>;
}

/** An earlier profile is served under that name, and it was replaced. */
export class EarlierProfile extends CannotTell {}

function partOf(state: State): SeenPart {
  return (state.parts["seen"] as SeenPart | undefined) ?? { seen: {}, replaced: {} };
}

function withPart(state: State, part: SeenPart): State {
  return { ...state, parts: { ...state.parts, seen: part as never } };
}

/** Whether a profile that was replaced is served under `name` now. */
export function isReplaced(state: State, name: string): boolean {
  return name in partOf(state).replaced;
}

/** Remembers `found`; throws `EarlierProfile` where it was replaced by one that was seen later. `now` in milliseconds. */
export async function requireInForce(kept: Kept, { name, signed }: Recipient, now: number): Promise<void> {
  if (kept.state.identity === undefined) return; // nothing is stored before somebody writes
  const known = partOf(kept.state).seen[name] ?? [];
  const newest = known.at(-1);
  if (newest !== undefined && newest.hash !== signed.hash && known.some(({ hash }) => hash === signed.hash)) {
    if (now - newest.at <= CACHED) return; // others' caches may be behind for a while
    await kept.change((state) => {
      const { seen, replaced } = partOf(state);
      return replaced[name] === signed.hash ? state : withPart(state, { seen, replaced: { ...replaced, [name]: signed.hash } });
    });
    throw new EarlierProfile(`${name} is published with earlier keys again`);
  }
  if (newest?.hash !== signed.hash || isReplaced(kept.state, name)) await kept.change((state) => withNewest(state, name, signed.hash, now));
}

/** Has the profile that is served under `name`, though it was replaced, count from now on. */
export async function takeBack(kept: Kept, name: string, now: number): Promise<void> {
  await kept.change((state) => {
    const hash = partOf(state).replaced[name];
    return hash === undefined ? state : withNewest(state, name, hash, now);
  });
}

function withNewest(state: State, name: string, hash: string, at: number): State {
  const { seen, replaced } = partOf(state);
  const { [name]: before = [], ...others } = seen;
  const { [name]: _, ...still } = replaced;
  const later = [...before.filter((one) => one.hash !== hash), { hash, at }].slice(-PROFILES);
  const all = [...Object.entries(others), [name, later] as const].slice(-NAMES);
  return withPart(state, { seen: Object.fromEntries(all), replaced: still });
}
