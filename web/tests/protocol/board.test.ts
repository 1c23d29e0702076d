import assert from "node:assert/strict";
import { before, test } from "node:test";

import { loadNameTables } from "../../protocol/base/index.ts";
import { NotAStatement, readItem, verifyStatement } from "../../protocol/board.ts";
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
