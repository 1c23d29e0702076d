/** What a mailbox does with messages that nobody can vouch for now. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { BadSignature, type Dm3Error, MalformedData } from "../protocol/base/index.ts";
import { Seed } from "../protocol/crypto/index.ts";
import { Kept } from "../client/kept.ts";
import type { Making } from "../client/making.ts";
import { CannotTell, NotFound, Refused } from "../client/net/answers.ts";
import type { Delivered, Delivery } from "../client/net/delivery.ts";
import type { Directory } from "../client/net/directory.ts";
import { Mailbox } from "../client/parts/mailbox.ts";
import { EMPTY, type Identity } from "../client/state.ts";
import { MemoryStorage } from "../client/storage/index.ts";

const identity = {
  name: "a.eth", stage: "ready", reader: "r", aliases: [], seed: new Seed(new Uint8Array(32).fill(1)),
  signed: { profile: { deliveryServices: ["ds.eth"] } },
} as unknown as Identity;
const message = { from: "b.eth", to: "a.eth", timestamp: 1, type: "NEW", text: "{}", hash: "0x1" };

const keeping = (identity: Identity) => new Kept(new MemoryStorage(), { ...EMPTY, identity });

/** A mailbox with one message, whose sender's look-up ends in `error`; `asked` takes what its service is asked for. */
function mailboxWith(error: Dm3Error, asked: [string, number][], now: () => number, kept = keeping(identity)): Mailbox {
  const envelope = {} as Delivered["envelope"];
  const delivery = {
    fetch: async (_: unknown, cursor: string, wait: number) => {
      asked.push([cursor, wait]);
      const messages = cursor === "" ? [{ hash: "0x1", cursor: "7", envelope }] : [];
      return { messages, cursor: "7", more: false };
    },
    acknowledge: async () => void asked.push(["acknowledged", 0]),
  } as unknown as Delivery;
  const directory = { find: async () => Promise.reject(error) } as unknown as Directory;
  const making = { open: async () => ({ message, stamped: false }) } as unknown as Making;
  const nothing = async () => undefined as never;
  return new Mailbox(kept, directory, () => delivery, nothing, nothing, making, async () => false, now);
}

test("what stays at the service does not end each wait for what comes after it", async () => {
  let clock = 1_000_000;
  const asked: [string, number][] = [];
  const mailbox = mailboxWith(new CannotTell("away"), asked, () => clock);
  await mailbox.read(25);
  clock += 4_000;
  await mailbox.read(25);
  await mailbox.read(0);
  clock += 20_000;
  await mailbox.read(25);
  assert.deepEqual(asked, [["", 25], ["7", 6], ["", 0], ["", 25]]);
});

test("whatever is said of a sender, its message stays at the service", async () => {
  const answers = [new CannotTell("away"), new NotFound("no profile"), new MalformedData("junk"), new BadSignature("not the owner's")];
  for (const error of answers) {
    const asked: [string, number][] = [];
    await mailboxWith(error, asked, Date.now).read(0);
    assert.deepEqual(asked, [["", 0]], error.message);
  }
});

test("a profile that is made after all was forgotten reads from the beginning", async () => {
  const asked: [string, number][] = [];
  const kept = keeping(identity);
  const mailbox = mailboxWith(new CannotTell("away"), asked, () => 1_000_000, kept);
  await mailbox.read(25);
  await kept.forget();
  await mailbox.read(25);
  await kept.change(() => ({ ...EMPTY, identity: { ...identity, reader: "another" } }));
  await mailbox.read(25);
  assert.deepEqual(asked, [["", 25], ["", 25]]);
});

test("at a service that has lost its data the profile registers again by itself, and is read from the beginning", async () => {
  const lost = { unknown: new NotFound("no profile is registered here"), refused: new Refused("no such profile", 404, "not-found") };
  for (const [what, error] of Object.entries(lost)) {
    const done: string[] = [];
    const delivery = {
      fetch: async (_: unknown, cursor: string, wait: number) => {
        done.push(`fetched ${cursor}/${wait}`);
        if (!done.includes("registered")) throw error;
        return { messages: [], cursor: "1", more: false };
      },
    } as unknown as Delivery;
    const nothing = async () => undefined as never;
    const register = async () => void done.push("registered");
    const directory = { find: nothing } as unknown as Directory;
    const kept = new Kept(new MemoryStorage(), { ...EMPTY, identity });
    const mailbox = new Mailbox(kept, directory, () => delivery, register, nothing, {} as Making, async () => false);
    assert.equal(await mailbox.read(25), 0);
    assert.deepEqual(done, ["fetched /25", "registered", "fetched /0"], what);
  }
});
