import assert from "node:assert/strict";
import { test } from "node:test";

import { Kept } from "../client/kept.ts";
import { CannotTell } from "../client/net/answers.ts";
import type { Recipient } from "../client/net/directory.ts";
import { EarlierProfile, isReplaced, requireInForce, takeBack } from "../client/parts/seen.ts";
import { EMPTY, type Identity } from "../client/state.ts";
import { MemoryStorage } from "../client/storage/index.ts";

const DAY = 86_400_000;
const served = (hash: string, name = "desk.user.shop.eth") => ({ name, signed: { hash } }) as unknown as Recipient;
const keptBy = (identity: object | undefined) => new Kept(new MemoryStorage(), { ...EMPTY, identity: identity as Identity | undefined });

test("a profile that was replaced counts only once the user has taken it back", async () => {
  const kept = keptBy({});
  const name = "desk.user.shop.eth";
  for (const [hash, at] of [["first", 0], ["first", 1], ["second", 2], ["second", DAY]] as const) await requireInForce(kept, served(hash), at);
  await requireInForce(kept, served("first"), 3); // others' caches may be behind for a while
  await assert.rejects(requireInForce(kept, served("first"), DAY), (error) => error instanceof EarlierProfile && error instanceof CannotTell);
  assert.ok(isReplaced(kept.state, name));
  await requireInForce(kept, served("first", "another.user.shop.eth"), DAY);
  await takeBack(kept, name, DAY);
  assert.ok(!isReplaced(kept.state, name));
  await requireInForce(kept, served("first"), 2 * DAY);
  await assert.rejects(requireInForce(kept, served("second"), 3 * DAY), EarlierProfile);
  await requireInForce(kept, served("first"), 3 * DAY);
  assert.ok(!isReplaced(kept.state, name), "the one in force is served again: nothing is to be decided");
});

test("a newer profile than all that were seen counts, and nothing is kept before there is a profile of one's own", async () => {
  const kept = keptBy({});
  for (const [at, hash] of ["first", "second", "third"].entries()) await requireInForce(kept, served(hash), at * DAY);
  await assert.rejects(requireInForce(kept, served("second"), 9 * DAY), EarlierProfile);
  await requireInForce(kept, served("fourth"), 9 * DAY);
  assert.ok(!isReplaced(kept.state, "desk.user.shop.eth"));
  const visitor = keptBy(undefined);
  await requireInForce(visitor, served("first"), 0);
  assert.deepEqual(visitor.state.parts, {});
});
