import assert from "node:assert/strict";
import { before, test } from "node:test";

import { loadNameTables } from "../../protocol/base/index.ts";
import { composeStatement, NotAStatement, readItem, verifyStatement } from "../../protocol/board.ts";
import { checkMessage } from "../../protocol/composing.ts";
import { ProfileKeys, Seed } from "../../protocol/crypto/index.ts";
import { type Case, refuses, vectors } from "./vectors.ts";

before(loadNameTables);

test("an entry of a board's feed is believed for its author's signatures alone", () => {
  const read = (item: Case): unknown => {
    const found = readItem(item.entry);
    if ("gone" in found) return found;
    const { statedAt, receivedAt, ...said } = verifyStatement(found, item.board);
    return { ...said, stated_at: statedAt, received_at: receivedAt };
  };
  for (const item of vectors("services/board", { valid: true })) assert.deepEqual(read(item), item.expected, item.name);
  for (const item of vectors("services/board", { valid: false })) {
    refuses(item, () => read(item), { "not-a-statement": NotAStatement });
  }
});

test("a statement that is made here is public, and its author's", () => {
  const keys = new ProfileKeys(new Seed(new Uint8Array(32).fill(7)));
  const made = composeStatement("board.user.myapp.eth", "alice.eth", "Hello", 1_800_000_000_000, keys);
  assert.equal(JSON.parse(made.signedText).metadata.public, true);
  checkMessage(made, keys.signingPublic);
});
