/** Two tabs with one kept state: what is begun while all is forgotten stays, and who cannot write says so. */

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";

import type { Kept } from "../client/kept.ts";
import { stored } from "../client/parts/stored.ts";
import { EMPTY, readState, type State } from "../client/state.ts";
import type { Storage } from "../client/storage/index.ts";
import "./frame.ts";

/** What both tabs keep; `broken`: it can be read, and not written now. */
class Shelf implements Storage {
  readonly mode = "own";
  text: string | undefined;
  broken = false;

  constructor(readonly place: string) {}

  async load(): Promise<string | undefined> {
    return this.text;
  }

  async save(text: string): Promise<boolean> {
    if (this.broken) throw new Error("the disk is full");
    this.text = text;
    return true;
  }

  async clear(): Promise<void> {
    if (this.broken) throw new Error("the disk is full");
    this.text = undefined;
  }
}

const at = (service: string) => (state: State) => ({ ...state, cursors: { ...state.cursors, [service]: "1" } });
const services = (state: State) => Object.keys(state.cursors);

/** The tab that leads, and one that follows and has what is kept. */
async function twoTabs(context: TestContext): Promise<{ shelf: Shelf; leading: Kept; following: Kept }> {
  const shelf = new Shelf(context.name);
  const leading = await stored(shelf);
  await leading.led(AbortSignal.timeout(60_000));
  await leading.change(at("before"));
  const following = await stored(shelf);
  await following.change(at("from the other"));
  assert.deepEqual([leading.leading, following.leading], [true, false]);
  assert.deepEqual(services(readState(shelf.text!)), ["before", "from the other"]);
  return { shelf, leading, following };
}

/** Resolves when the tab's state is as `holds` says. */
function until(tab: Kept, holds: (state: State) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const stop = tab.listen((state) => {
      if (!holds(state)) return;
      stop();
      resolve();
    });
  });
}

for (const who of ["leading", "following"] as const) {
  test(`what is begun while the ${who} tab has all forgotten stays`, async (context) => {
    const { shelf, ...tabs } = await twoTabs(context);
    const tab = tabs[who];
    const emptied = until(tab, (state) => state === EMPTY);
    const forgotten = tab.forget();
    await emptied;
    const begun = tab.change(at("begun anew"));
    await Promise.all([forgotten, begun]);
    assert.deepEqual(services(tab.state), ["begun anew"]);
    assert.deepEqual(services(readState(shelf.text!)), ["begun anew"]);
    // Each tab may write on from there.
    await tabs.following.change(at("and then"));
    assert.deepEqual(services(tabs.leading.state), ["begun anew", "and then"]);
  });
}

test("where the leading tab cannot write, the one that asked is told", async (context) => {
  const { shelf, leading, following } = await twoTabs(context);
  shelf.broken = true;
  await assert.rejects(following.change(at("unsafe")), { code: "cannot-tell" });
  await assert.rejects(following.forget(), { code: "cannot-tell" });
  assert.deepEqual([services(leading.state), services(following.state)], [[], []]);
  shelf.broken = false;
  await following.forget();
  await following.change(at("after that"));
  assert.deepEqual(services(readState(shelf.text!)), ["after that"]);
});

test("a change of nothing resolves once what came before it is safe, and writes what could not be written", async (context) => {
  const shelf = new Shelf(context.name);
  const tab = await stored(shelf);
  await tab.led(AbortSignal.timeout(60_000));
  shelf.broken = true;
  await assert.rejects(tab.change(at("unsafe")), { message: "the disk is full" });
  await assert.rejects(tab.change((state) => state), { message: "the disk is full" });
  shelf.broken = false;
  await tab.change((state) => state);
  assert.deepEqual(services(readState(shelf.text!)), ["unsafe"]);
  shelf.broken = true;
  await tab.change((state) => state); // nothing is unsafe: there is nothing to fail
});
