/** Which wallets are offered while more of them come, and that what was chosen stays the same one. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { type Injected, type Provider, watchWallets } from "../client/wallets/injected.ts";
import { placements } from "../widget/wallets.ts";

// What a frame has and Node has not.
const frame = new EventTarget();
const { addEventListener, removeEventListener, dispatchEvent } = EventTarget.prototype;
for (const [name, method] of Object.entries({ addEventListener, removeEventListener, dispatchEvent })) {
  Object.assign(globalThis, { [name]: method.bind(frame) });
}

const provider = (): Provider => ({ request: async () => [] });

function announce(of: Provider, info: { name: string; uuid?: string }): void {
  dispatchEvent.call(frame, new CustomEvent("eip6963:announceProvider", { detail: { info, provider: of } }));
}

/** What is offered, the newest last; `use` has the wallets come. */
function offered(use: () => void): (readonly Injected[])[] {
  const told: (readonly Injected[])[] = [];
  const stop = watchWallets((found) => told.push(found));
  use();
  stop();
  return told;
}

test("a wallet that announces itself late leaves the others what they were", () => {
  const [first, second] = [provider(), provider()];
  const told = offered(() => {
    announce(first, { name: "One", uuid: "1" });
    announce(second, { name: "One", uuid: "2" });
    announce(provider(), { name: "One", uuid: "1" }); // the first again, by another object
  });
  const ids = told.map((found) => placements(found, undefined).map(({ id }) => id));
  assert.deepEqual(ids, [["window"], ["wallet 1", "window"], ["wallet 1", "wallet 2", "window"]]);
});

test("a wallet that was here without a word is the same when it announces itself", () => {
  const here = provider();
  Object.assign(globalThis, { ethereum: here });
  const [before, after] = offered(() => announce(here, { name: "A wallet with a name", uuid: "3" }));
  Object.assign(globalThis, { ethereum: undefined });
  assert.deepEqual(before!.map(({ name }) => name), ["Ethereum"]);
  assert.deepEqual(after!.map(({ name }) => name), ["A wallet with a name"]);
  assert.equal(after![0]!.id, before![0]!.id);
});

test("a wallet that never announces itself stays when another one comes", () => {
  const here = provider();
  Object.assign(globalThis, { ethereum: here });
  const [before, after] = offered(() => announce(provider(), { name: "Another", uuid: "4" }));
  Object.assign(globalThis, { ethereum: undefined });
  assert.deepEqual(after!.map(({ name }) => name), ["Ethereum", "Another"]);
  assert.equal(after![0]!.id, before![0]!.id);
});

test("wallets that answer at once are offered together, and alone", () => {
  const [here, other] = [provider(), provider()];
  Object.assign(globalThis, { ethereum: here });
  const answer = () => announce(other, { name: "Another", uuid: "5" });
  addEventListener.call(frame, "eip6963:requestProvider", answer);
  const told = offered(() => undefined);
  removeEventListener.call(frame, "eip6963:requestProvider", answer);
  Object.assign(globalThis, { ethereum: undefined });
  assert.deepEqual(told.map((found) => found.map(({ name }) => name)), [["Another"]]);
});
