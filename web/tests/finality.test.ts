/** What a delivery service refuses for ever, and what it may take yet. */

import { test } from "node:test";
import assert from "node:assert/strict";

import { BadSignature, MalformedData } from "../protocol/base/index.ts";
import { CannotTell, Refused } from "../client/net/answers.ts";
import { isFinal } from "../client/parts/finality.ts";

const refused = (reason: string, status = 200) => new Refused("refused", status, reason);

test("faults of the message and definite refusals are final at once", () => {
  for (const reason of ["-32602", "-32010", "-32011", "-32003", "-32600"]) assert.equal(isFinal(refused(reason), 0), true);
  assert.equal(isFinal(refused("anything", 413), 0), true);
  assert.equal(isFinal(new BadSignature("of another"), 0), true);
});

test("a service that cannot open a message may have new keys, and is looked up for longer than its former ones are known", () => {
  assert.equal(isFinal(refused("-32000"), 0), false);
  assert.equal(isFinal(refused("-32000"), 120_000), false);
  assert.equal(isFinal(refused("-32000"), 200_000), true);
});

test("what nobody can tell now is tried again", () => {
  for (const error of [new CannotTell("a page"), new MalformedData("half an answer"), refused("cannot-open", 400)]) {
    assert.equal(isFinal(error, 10 * 86_400_000), false);
  }
});
