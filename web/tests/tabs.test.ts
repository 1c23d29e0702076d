/** Which tab leads, where others speak while it is about to. Without locks: that is how frames of other sites agree. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { type Keeper, Tabs } from "../client/parts/tabs.ts";
import { Channel } from "./frame.ts";

interface Tested {
  readonly tabs: Tabs;
  /** Resolves when it is about to lead. */
  readonly asked: Promise<void>;
  /** Has another tab say these words; resolves when they were heard. */
  says(...words: Record<string, unknown>[]): Promise<void>;
}

/** A tab whose keeper takes over as `took` says, and another one. */
function tabAt(place: string, took: () => Promise<void>): Tested {
  let begins = () => {};
  let heard = () => {};
  const asked = new Promise<void>((resolve) => (begins = resolve));
  const keeper: Keeper = { took: () => (begins(), took()), tell: () => undefined, heard: () => heard() };
  const channel = new Channel(`dm3 ${place}`);
  const says = (...words: Record<string, unknown>[]) => {
    const all = new Promise<void>((resolve) => (heard = resolve));
    // The last one is handed to the keeper, after all before it.
    for (const word of [...words, { type: "save", text: "", revision: 0 }]) channel.postMessage({ ...word, from: "another" });
    return all;
  };
  return { tabs: new Tabs(place, keeper), asked, says };
}

test("who is overtaken while it takes over does not lead beside the other", async () => {
  let letGo = () => {};
  const held = new Promise<void>((resolve) => (letGo = resolve));
  const { tabs, asked, says } = tabAt("overtaken", () => held);
  await asked;
  await says({ type: "leading", term: 7 });
  letGo();
  await says();
  assert.equal(tabs.leading, false);

  await says({ type: "leaving" });
  await tabs.led(AbortSignal.timeout(60_000));
  assert.equal(tabs.leading, true);
});

test("who cannot take over leaves it to another one", async () => {
  const { tabs, asked, says } = tabAt("unreadable", () => Promise.reject(new Error("written by a later version")));
  await asked;
  await says();
  assert.equal(tabs.leading, false);
  await says({ type: "leading", term: 2 });
  await tabs.decided();
  assert.equal(tabs.leading, false);
});

test("two questions at once get each its own answer", async () => {
  const place = "two questions";
  const { tabs, says } = tabAt(place, async () => undefined);
  await says({ type: "leading", term: 7 });
  await tabs.decided();
  const channel = new Channel(`dm3 ${place}`);
  const asked = new Promise<{ type: string; from: string }[]>((resolve) => {
    const all: { type: string; from: string }[] = [];
    channel.onmessage = ({ data }) => {
      if (["save", "forget"].includes(data.type) && data.from !== "another") all.push(data);
      if (all.length === 2) resolve(all);
    };
  });
  const saved = tabs.ask({ type: "save", text: "", revision: 0 });
  const forgotten = tabs.ask({ type: "forget" });
  const [save, forget] = await asked;
  const state = { type: "state", text: "", revision: 1 };
  await says({ ...state, answers: forget!.from, taken: true }, { ...state, answers: save!.from, failed: true });
  assert.equal((await forgotten).taken, true);
  const { taken, failed } = await saved;
  assert.deepEqual({ taken, failed }, { taken: undefined, failed: true });
  // Every tab that hears it hears that it is an answer to somebody.
  assert.notEqual(save!.from, forget!.from);
  channel.close();
});
