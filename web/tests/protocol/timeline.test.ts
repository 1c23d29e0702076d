import assert from "node:assert/strict";
import { test } from "node:test";

import { type Entry, timeline, type TimelineMessage } from "../../protocol/timeline/index.ts";
import { type Case, vectors } from "./vectors.ts";

const present = ({ attachments = [], ...message }: Case): TimelineMessage => ({
  ...(Object.fromEntries(Object.entries(message).filter(([, value]) => value !== null)) as unknown as TimelineMessage),
  attachments: attachments.map((data: string) => ({ data })),
});

const written = (entry: Entry): Case => ({
  hash: entry.hash,
  author: entry.author,
  type: entry.type,
  at: entry.at,
  content: entry.content ?? null,
  attachments: entry.attachments.map(({ data }) => data),
  latest: entry.latest,
  thread: entry.thread,
  depth: entry.depth,
  reply_to: entry.replyTo ?? null,
  edited_at: entry.editedAt ?? null,
  deleted_at: entry.deletedAt ?? null,
  reactions: entry.reactions,
  delivery: entry.delivery,
  unread: entry.unread,
  remark: entry.remark ?? null,
});

test("a conversation shows what it shows in Python, in whatever order messages come", () => {
  for (const item of vectors("messages/timeline")) {
    const messages: TimelineMessage[] = item.messages.map(present);
    for (const order of [messages, messages.toReversed(), [...messages, ...messages]]) {
      const shown = timeline(order);
      const plain = { ...shown, entries: shown.entries.map(written) };
      assert.deepEqual(plain, item.expected, item.name);
    }
  }
});
