/** Conversations: messages are kept by their hash, each once, and shown as their timeline. */

import { isEntry, type Timeline, timeline } from "../../protocol/timeline/index.ts";
import { type Message, readMessage } from "../../protocol/wire/index.ts";
import { groupedBy } from "../grouping.ts";
import type { Arrival } from "./mailbox.ts";
import type { State, StoredMessage } from "../state.ts";

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

/** The conversation with `peer` as it is shown. */
export function timelineWith(state: State, peer: string): Timeline {
  const mine = state.messages.filter((message) => message.peer === peer);
  return timeline(
    mine.map((stored) => {
      const { content, attachments, reference } = opened(stored);
      return {
        hash: stored.hash,
        author: stored.own ? "" : peer,
        own: stored.own,
        type: stored.type,
        at: stored.at,
        content,
        attachments,
        reference,
        unread: stored.unread,
        delivery: stored.sending ?? "sent",
      };
    }),
  );
}

/** The state in which everything of `peer` was read. */
export function asRead(state: State, peer: string): State {
  if (!state.messages.some((message) => message.peer === peer && message.unread)) return state;
  const messages = state.messages.map((message) =>
    message.peer === peer && message.unread ? { ...message, unread: false } : message,
  );
  return { ...state, messages };
}

const parsed = new WeakMap<StoredMessage, Message>();

/** A stored message, read once: reading signs nothing and asks nobody. */
function opened(stored: StoredMessage): Message {
  let message = parsed.get(stored);
  if (message === undefined) {
    message = readMessage(stored.text);
    parsed.set(stored, message);
  }
  return message;
}
