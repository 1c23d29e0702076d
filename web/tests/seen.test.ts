import assert from "node:assert/strict";
import { test } from "node:test";

import { BadSignature, utf8 } from "../protocol/base/index.ts";
import { checkMessage, compose } from "../protocol/composing.ts";
import { ProfileKeys, Seed } from "../protocol/crypto/index.ts";
import { fingerprint } from "../protocol/crypto/fingerprint.ts";
import type { Message } from "../protocol/wire/index.ts";
import { Kept } from "../client/kept.ts";
import { CannotTell } from "../client/net/answers.ts";
import type { Recipient } from "../client/net/directory.ts";
import { withArrival } from "../client/parts/conversations.ts";
import { discard, EarlierProfile, isReplaced, keepApart, keptApart, namesApart, printsOf, requireInForce, takeBack } from "../client/parts/seen.ts";
import { EMPTY, type Identity } from "../client/state.ts";
import { MemoryStorage } from "../client/storage/index.ts";

const DAY = 86_400_000;
const keysFor = (hash: string) => new ProfileKeys(new Seed(utf8(hash.padEnd(32))));
const served = (hash: string, name = "desk.user.shop.eth") => {
  const { signingPublic: signingKey, encryptionPublic: encryptionKey } = keysFor(hash);
  return { name, signed: { hash, profile: { signingKey, encryptionKey } } } as unknown as Recipient;
};
const keptBy = (identity: object | undefined) => new Kept(new MemoryStorage(), { ...EMPTY, identity: identity as Identity | undefined });

test("a profile that was replaced counts only once the user has taken it back", async () => {
  const kept = keptBy({});
  const name = "desk.user.shop.eth";
  for (const [hash, at] of [["first", 0], ["first", 1], ["second", 2], ["second", DAY]] as const) await requireInForce(kept, served(hash), at);
  await requireInForce(kept, served("first"), 3); // others' caches may be behind for a while
  await assert.rejects(requireInForce(kept, served("first"), DAY), (error) => error instanceof EarlierProfile && error instanceof CannotTell);
  assert.ok(isReplaced(kept.state, name));
  await requireInForce(kept, served("first", "another.user.shop.eth"), DAY);
  await takeBack({ kept, mailbox: { taken: async () => assert.fail("nothing was kept apart") } }, name, DAY);
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

const desk = "desk.user.shop.eth";
const by = (hash: string, content: string, from = desk) => {
  const draft = { to: "visitor.addr.shop.eth", from, timestamp: 1, type: "NEW", content };
  return { message: compose(draft, keysFor(hash)), at: 1, carrier: undefined };
};

test("what earlier keys have signed is kept apart, and nothing else", async () => {
  const kept = keptBy({});
  for (const [at, hash] of ["first", "second"].entries()) await requireInForce(kept, served(hash), at * DAY);
  const [bad, again] = [new BadSignature("not by them"), new EarlierProfile("served again")];
  assert.ok(await keepApart(kept, by("first", "on its way"), bad));
  assert.ok(await keepApart(kept, by("first", "on its way"), again), "a second time it is the same");
  assert.ok(!(await keepApart(kept, by("second", "by those in force"), again)));
  assert.ok(!(await keepApart(kept, by("stranger", "by nobody"), bad)));
  assert.ok(!(await keepApart(kept, by("first", "of another", "another.user.shop.eth"), bad)));
  assert.ok(!(await keepApart(kept, by("first", "later"), new CannotTell("away now"))));
  assert.ok(!(await keepApart(kept, by("first", "x".repeat(200_000)), bad)), "a huge one stays at the service");
  assert.deepEqual(keptApart(kept.state, desk).map(({ hash }) => hash), [by("first", "on its way").message.hash]);
  assert.deepEqual(namesApart(kept.state), [desk]);
  assert.deepEqual(kept.state.messages, []);
  for (let count = 0; count < 30; count++) await keepApart(kept, by("first", String(count)), bad);
  assert.equal(keptApart(kept.state, desk).length, 20, "the oldest make way");
  for (const { hash } of keptApart(kept.state, desk)) await discard(kept, desk, hash);
  assert.deepEqual(namesApart(kept.state), []);
});

test("what had come in before the keys were replaced, and comes again unacknowledged, is where it is", async () => {
  const kept = keptBy({});
  for (const [at, hash] of ["first", "second"].entries()) await requireInForce(kept, served(hash), at * DAY);
  const before = by("first", "it had come in");
  await kept.change((state) => withArrival(state, { ...before, sender: served("first") }, ["visitor.addr.shop.eth"]));
  assert.ok(await keepApart(kept, before, new BadSignature("not by them")), "it may be acknowledged");
  assert.deepEqual(namesApart(kept.state), []);
  assert.equal(kept.state.messages.length, 1);
});

const messenger = "ann.eth";
const contacts = [desk, messenger, "visitor.addr.shop.eth", "visitor.user.shop.eth"];
/** A visitor who has written to the desk, asked a messenger for a link, and told a stranger that a message came. */
const visiting = () => {
  const identity = { name: contacts[2], aliases: [contacts[3]] } as unknown as Identity;
  const own = (peer: string, type: string) => ({ hash: peer, peer, own: true, type, text: "{}", at: 0, unread: false });
  const messages = [own(desk, "NEW"), own("stranger0.shop.eth", "READ_OPENED")];
  return new Kept(new MemoryStorage(), { ...EMPTY, identity, messages, parts: { link: { asking: { mainName: messenger } } as never } });
};

test("what is remembered of contacts makes way for no stranger", async () => {
  const kept = visiting();
  for (const name of [...contacts, "stranger0.shop.eth", "stranger1.shop.eth"]) {
    for (const [at, hash] of ["first", "second"].entries()) await requireInForce(kept, served(hash, name), at * DAY);
    await assert.rejects(requireInForce(kept, served("first", name), 2 * DAY), EarlierProfile);
  }
  for (let count = 2; count < 502; count++) await requireInForce(kept, served("first", `stranger${count}.shop.eth`), 3 * DAY);
  for (const name of contacts) await assert.rejects(requireInForce(kept, served("first", name), 4 * DAY), EarlierProfile);
  const { seen, replaced } = kept.state.parts["seen"] as { seen: object; replaced: object };
  assert.equal(Object.keys(seen).length, 500 + contacts.length);
  assert.deepEqual(Object.keys(replaced).sort(), [...contacts].sort(), "what is forgotten leaves nothing behind");
  assert.ok(!isReplaced(kept.state, "stranger0.shop.eth"), "a receipt is no word of the visitor's own");
});

test("nor does what is kept apart of a contact", async () => {
  const kept = visiting();
  const names = [desk, ...Array.from({ length: 21 }, (_, count) => `stranger${count}.shop.eth`)];
  for (const name of names) {
    for (const [at, hash] of ["first", "second"].entries()) await requireInForce(kept, served(hash, name), at * DAY);
    assert.ok(await keepApart(kept, by("first", "on its way", name), new BadSignature("not by them")));
  }
  assert.deepEqual(namesApart(kept.state), [desk, ...names.slice(2)], "the oldest stranger's makes way");
});

test("when earlier keys are taken back, what they signed comes in; what still others signed stays apart", async () => {
  const kept = keptBy({});
  for (const [at, hash] of ["first", "second", "third"].entries()) await requireInForce(kept, served(hash), at * DAY);
  await assert.rejects(requireInForce(kept, served("second"), 4 * DAY), EarlierProfile);
  for (const hash of ["first", "second"]) await keepApart(kept, by(hash, hash), new EarlierProfile("served again"));
  const taken: string[] = [];
  const mailbox = {
    taken: async ({ message }: { message: Message }) => {
      checkMessage(message, keysFor("second").signingPublic);
      taken.push(message.content!);
      return (state: typeof kept.state) => state;
    },
  };
  await takeBack({ kept, mailbox }, desk, 4 * DAY);
  assert.deepEqual(taken, ["second"]);
  assert.equal(keptApart(kept.state, desk).length, 1);
});

test("fingerprints are those of all implementations, and known for whom was seen, also by an earlier version", async () => {
  const bytes = (from: number) => Uint8Array.from({ length: 32 }, (_, index) => from + index);
  assert.equal(fingerprint({ signingKey: bytes(0), encryptionKey: bytes(32) }), "4df6 dbae d837 dcdc 5ed1 9ced 297c ef51 302f ac43");
  const earlier = { seen: { [desk]: [{ hash: "first", at: 0 }, { hash: "second", at: 1 }] }, replaced: {} };
  const kept = new Kept(new MemoryStorage(), { ...EMPTY, identity: {} as Identity, parts: { seen: earlier } });
  assert.equal(printsOf(kept.state, desk).inForce, undefined);
  await requireInForce(kept, served("second"), DAY);
  await assert.rejects(requireInForce(kept, served("first"), DAY), EarlierProfile);
  const print = (hash: string) => fingerprint(served(hash).signed.profile);
  assert.deepEqual(printsOf(kept.state, desk), { inForce: print("second"), again: print("first") });
});
