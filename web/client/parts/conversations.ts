/** Conversations: messages are kept by their hash, each once, and shown as their timeline. */

import { type Entry, isEntry, type Timeline, timeline, type TimelineMessage } from "../../protocol/timeline/index.ts";
import { contentOf, type Message } from "../../protocol/wire/index.ts";
import { groupedBy } from "../grouping.ts";
import type { Arrival } from "./mailbox.ts";
import type { OutboxEntry, State, StoredMessage } from "../state.ts";

/** The names under which one counterpart writes, by the profile that signs: the latest first. */
export interface Conversation {
  readonly peer: string;
  readonly lastAt: number;
  readonly unread: number;
  /** The text of the last entry. */
  readonly preview: string;
}

/** The state with a message of our own, which waits in the outbox. */
export function withOwn(state: State, message: Message, at: number): State {
  if (state.messages.some(({ hash }) => hash === message.hash)) return state;
  const { hash, type, text, to } = message;
  return { ...state, messages: [...state.messages, { hash, peer: to, own: true, type, text, at, unread: false, sending: "waiting" }] };
}

/** The state with an arrival: one that came before changes nothing. */
export function withArrival(state: State, { message, at }: Arrival, own: readonly string[]): State {
  if (state.messages.some(({ hash }) => hash === message.hash)) return state;
  const isOwn = own.includes(message.from);
  if (!isOwn && !own.includes(message.to)) return state; // between others
  const stored: StoredMessage = {
    hash: message.hash,
    peer: isOwn ? message.to : message.from,
    own: isOwn,
    type: message.type,
    text: message.text,
    at,
    unread: !isOwn && isEntry(message.type),
    sending: isOwn ? "sent" : undefined,
  };
  return { ...state, messages: [...state.messages, stored] };
}

/** The conversations, the latest first. */
export function conversations(state: State): Conversation[] {
  const found = groupedBy(state.messages, ({ peer }) => peer);
  return [...found]
    .map(([peer, messages]) => {
      const entries = messages.filter(({ type }) => isEntry(type)).sort((one, other) => one.at - other.at);
      const last = entries.at(-1);
      return {
        peer,
        lastAt: last?.at ?? 0,
        unread: entries.filter(({ unread }) => unread).length,
        preview: last === undefined ? "" : (opened(last).content ?? ""),
      };
    })
    .sort((one, other) => other.lastAt - one.lastAt);
}

const shown = new WeakMap<State["messages"], Map<string, Timeline>>();

/** The conversation with `peer` as it is shown; worked out once for the same messages. */
export function timelineWith({ messages }: State, peer: string): Timeline {
  const known = shown.get(messages) ?? new Map<string, Timeline>();
  shown.set(messages, known);
  const made = known.get(peer) ?? timeline(messages.filter((one) => one.peer === peer).map(inTimeline));
  known.set(peer, made);
  return made;
}

function inTimeline(stored: StoredMessage): TimelineMessage {
  const { hash, own, type, at, unread, sending, peer } = stored;
  return { ...opened(stored), hash, own, type, at, unread, author: own ? "" : peer, delivery: sending ?? "sent" };
}

/** The outbox's entries that concern an entry of the timeline: itself, its edit, a reaction, its deletion. */
export function waitingFor({ outbox, messages }: State, { hash, latest }: Pick<Entry, "hash" | "latest">): OutboxEntry[] {
  if (outbox.length === 0) return [];
  return outbox.filter((entry) => {
    if (entry.hash === hash || entry.hash === latest) return true;
    const own = messages.find((message) => message.hash === entry.hash && message.peer === entry.to);
    return own !== undefined && !isEntry(own.type) && opened(own).reference === hash;
  });
}

/** The state in which everything of `peer` was read. */
export function asRead(state: State, peer: string): State {
  if (!state.messages.some((message) => message.peer === peer && message.unread)) return state;
  const messages = state.messages.map((message) =>
    message.peer === peer && message.unread ? { ...message, unread: false } : message,
  );
  return { ...state, messages };
}

const parsed = new WeakMap<StoredMessage, ReturnType<typeof contentOf>>();

/** What a stored message says, read once. */
function opened(stored: StoredMessage): ReturnType<typeof contentOf> {
  let content = parsed.get(stored);
  if (content === undefined) {
    content = contentOf(stored.text);
    parsed.set(stored, content);
  }
  return content;
}
