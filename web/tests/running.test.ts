/** Keeping in touch: nothing that goes wrong ends it. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Seed, WalletKey } from "../protocol/crypto/index.ts";
import { Client } from "../client/client.ts";
import type { ClientOptions } from "../client/options.ts";
import { Kept } from "../client/kept.ts";
import { EMPTY, type Identity } from "../client/state.ts";
import type { Storage } from "../client/storage/index.ts";

const begun = {
  name: "a.eth", app: "app.eth", page: "https://shop.example", stage: "name-claimed", reader: "r", aliases: [],
  seed: new Seed(new Uint8Array(32).fill(1)), walletKey: new WalletKey(new Uint8Array(32).fill(2)),
  signed: { profile: { deliveryServices: ["ds.app.eth"] } },
} as unknown as Identity;

test("a fault of the program is told like any other trouble, and everything is tried again", async () => {
  let loads = 0;
  const storage = { mode: "own", load: async () => undefined, save: async () => true, clear: async () => {} } as Storage;
  const options = {
    app: "app.eth", page: "https://shop.example", gateway: "https://chat.example/app.eth", storage,
    stored: async () => ({ stored: async () => new Kept(storage, { ...EMPTY, identity: begun }) }),
    // Such as a part that was loaded by halves.
    creation: async () => {
      loads += 1;
      throw new TypeError("undefined is not a function");
    },
  } as unknown as ClientOptions;
  const client = await Client.open(options);
  const stop = new AbortController();
  const told: (string | undefined)[] = [];
  await client.run(stop.signal, (error) => {
    told.push(error?.message);
    if (told.length === 2) stop.abort();
  });
  assert.deepEqual(told, ["something went wrong here", "something went wrong here"]);
  assert.equal(loads, 2);
});
