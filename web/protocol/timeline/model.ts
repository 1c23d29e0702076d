/**
 * What a conversation shows: messages, and what edits, deletions, reactions and receipts make of them.
 *
 * A function of the *set* of messages: they may arrive in any order, twice, or not yet. Only its author edits
 * or deletes a message; receipts come from the other party. References may lead nowhere, to themselves or in
 * circles, and none of that harms more than the message that holds them. `rules.ts` says
 * what each message may do; `vectors/messages/timeline.json` holds it and Python to one rule set.
 */

import type { Attachment } from "../wire/index.ts";

export const RECEIPTS: ReadonlySet<string> = new Set(["READ_OPENED", "READ_RECEIVED"]);
/** The types that say something about another message. Every other type, known or not, is an entry. */
export const CHANGES: ReadonlySet<string> = new Set(["EDIT", "DELETE_REQUEST", "REACTION", "RESEND_REQUEST", ...RECEIPTS]);

/** Characters; the longest emoji sequences have about 15. */
export const LONGEST_REACTION = 64;

/** How far a message has come; the first three are what our own outbox says of it. */
export type Delivery = "waiting" | "failed" | "discarded" | "sent" | "received" | "read";

/** Why a message that should change another stands in the timeline by itself. */
export type Remark = "foreign" | "no-reference" | "loop" | "awaited" | "unfit";

/** One message of a conversation; `at` in milliseconds, `author` one text for all names of a party. */
export interface TimelineMessage {
  readonly hash: string;
  readonly author: string;
  readonly own: boolean;
  readonly type: string;
  readonly at: number;
  readonly content?: string | undefined;
  readonly attachments?: readonly Attachment[] | undefined;
  readonly reference?: string | undefined;
  readonly unread?: boolean | undefined;
  readonly delivery?: Delivery | undefined;
}

/** An emoji (or another short text) under an entry, and who put it there, first come first. */
export interface Reaction {
  readonly content: string;
  readonly authors: readonly string[];
}

/** One line of a timeline as it stands now; times in milliseconds. Of a deleted one only its place is left. */
export interface Entry {
  readonly hash: string;
  readonly author: string;
  readonly own: boolean;
  readonly type: string;
  readonly at: number;
  readonly content: string | undefined;
  readonly attachments: readonly Attachment[];
  /** The first entry of its thread, and how many answers are between the two. */
  readonly thread: string;
  readonly depth: number;
  /** The message that it now reads by: the last edit, or itself. */
  readonly latest: string;
  readonly replyTo: string | undefined;
  readonly editedAt: number | undefined;
  readonly deletedAt: number | undefined;
  readonly reactions: readonly Reaction[];
  readonly delivery: Delivery;
  readonly unread: boolean;
  readonly remark: Remark | undefined;
}

/** A conversation as it is shown; `resends` are messages of ours that the other side asks for again. */
export interface Timeline {
  readonly entries: readonly Entry[];
  /** Changes to messages that are not here (yet). */
  readonly held: readonly string[];
  /** Receipts and requests that concern nothing. */
  readonly ignored: readonly string[];
  readonly resends: readonly { readonly request: string; readonly message: string }[];
}

/** Whether messages of this type stand for themselves: these can be unread and open a conversation. */
export function isEntry(type: string): boolean {
  return !CHANGES.has(type);
}

/** Each message once, by time and hash. Of copies that say different times the earliest counts. */
export function inOrder(messages: Iterable<TimelineMessage>): TimelineMessage[] {
  const first = new Map<string, TimelineMessage>();
  for (const message of messages) {
    const known = first.get(message.hash);
    if (known === undefined || preferred(message, known)) first.set(message.hash, message);
  }
  return [...first.values()].sort(byPlace);
}

/** Copies of one message differ in these alone; whichever comes first, the same one is taken. */
function preferred(one: TimelineMessage, other: TimelineMessage): boolean {
  if (one.at !== other.at) return one.at < other.at;
  if (!!one.unread !== !!other.unread) return !one.unread;
  return (one.delivery ?? "sent") < (other.delivery ?? "sent");
}

/** The order of a timeline: time, then hash. */
export function byPlace(one: TimelineMessage, other: TimelineMessage): number {
  return one.at - other.at || (one.hash < other.hash ? -1 : one.hash > other.hash ? 1 : 0);
}
