/** What becomes of a message that a service refuses. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Seed } from "../protocol/crypto/index.ts";
import { Kept } from "../client/kept.ts";
import type { Making } from "../client/making.ts";
import { CannotTell, Refused, type Service } from "../client/net/answers.ts";
import type { Delivery } from "../client/net/delivery.ts";
import type { Directory } from "../client/net/directory.ts";
import { enqueued, Outbox } from "../client/parts/outbox.ts";
import { EMPTY, type Identity } from "../client/state.ts";
import { MemoryStorage } from "../client/storage/index.ts";

const identity = { name: "a.eth", seed: new Seed(new Uint8Array(32).fill(1)), signed: { profile: { deliveryServices: ["ds.a.eth"] } } } as unknown as Identity;
const outgoing = { to: "b.eth", from: "a.eth", text: "{}", hash: "0x1" };
const recipient = { signed: { profile: {}, hash: "0x2" }, services: [{ name: "ds.b.eth", profile: {} }] };

/** An outbox with one message, whose gateway answers with `error`. */
function refusedWith(error: Error): { kept: Kept; outbox: Outbox; loads: () => number } {
  let loads = 0;
  const kept = new Kept(new MemoryStorage(), enqueued({ ...EMPTY, identity }, outgoing, 0, "1"));
  const directory = { find: async () => recipient } as unknown as Directory;
  const delivery = () => ({ token: async () => "token" }) as unknown as Delivery;
  const gateway = { ask: async () => Promise.reject(error) } as unknown as Service;
  const making = { envelop: async () => "{}" } as unknown as Making;
  const other = async () => {
    loads += 1;
    throw new CannotTell("a part cannot be loaded now");
  };
  return { kept, outbox: new Outbox(kept, directory, gateway, delivery, making, other, () => 0), loads: () => loads };
}

test("what a service says is told, whether or not another part can be loaded", async () => {
  const { kept, outbox, loads } = refusedWith(new Refused("it is too large", 413, "too-large"));
  await outbox.dispatch();
  const [entry] = kept.state.outbox;
  assert.deepEqual([entry!.failed, entry!.problem, entry!.reason, loads()], [true, "it is too large", "refused-too-large", 0]);
});

test("a message whose other form cannot be loaded now is tried again", async () => {
  const { kept, outbox, loads } = refusedWith(new Refused("no such form", 400, "plain-refusal"));
  await outbox.dispatch();
  const [entry] = kept.state.outbox;
  assert.deepEqual([entry!.failed, entry!.problem, entry!.reason, loads()], [false, "a part cannot be loaded now", "cannot-tell", 1]);
});
