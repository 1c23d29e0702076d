/** What people read when a service cannot be reached: our words, and no browser's. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { ProfileKeys, Seed } from "../protocol/crypto/index.ts";
import { CannotTell, Service } from "../client/net/answers.ts";
import { Delivery } from "../client/net/delivery.ts";
import { addReader, register, setExtension } from "../client/net/registering.ts";

const BROWSERS_WORDS = [
  "Failed to fetch",
  "NetworkError when attempting to fetch resource.",
  "Load failed",
  "The network connection was lost.",
  "fetch failed",
  "A server with the specified hostname could not be found.",
];

/** The sentence for a request that ends in `error`. */
async function sentence(error: Error): Promise<string> {
  const service = new Service("https://chat.example", () => Promise.reject(error));
  return service.ask("x").then(
    () => assert.fail("it was answered"),
    (failed) => (assert.ok(failed instanceof CannotTell), failed.message),
  );
}

test("a browser's own words for a failure do not reach anybody", async () => {
  for (const words of BROWSERS_WORDS) {
    assert.equal(await sentence(new TypeError(words)), "the service cannot be reached", words);
  }
});

test("a service that takes too long is said to be silent", async () => {
  const late = new DOMException("signal timed out", "TimeoutError");
  assert.equal(await sentence(late), "the service does not answer");
});

test("an answer that breaks off says nothing, in our words as well", async () => {
  const broken = new ReadableStream({ pull: (control) => control.error(new TypeError("terminated")) });
  const service = new Service("https://chat.example", async () => new Response(broken));
  await assert.rejects(service.ask("x"), { code: "cannot-tell", message: "the service cannot be reached" });
});

/** Successes that say nothing: of a captive portal, of a proxy. */
const EMPTY_SUCCESSES = ["{}", "[]", "null", "OK", "", "<p>Please log in.</p>"].map((body) => () => new Response(body));
EMPTY_SUCCESSES.push(() => new Response(null, { status: 204 }));

test("what a service of ours does is done only where it says so in its own form", async () => {
  for (const success of EMPTY_SUCCESSES) {
    const service = new Service("https://chat.example", async () => success());
    const at = new Delivery(service, "ds.eth");
    const reader = { name: "a.eth", keys: new ProfileKeys(new Seed(new Uint8Array(32).fill(1))), reader: "r" };
    await assert.rejects(register(at, "a.eth", { text: "{}" } as never, "r"), { code: "cannot-tell" });
    await assert.rejects(at.token(reader), { code: "cannot-tell" });
    for (const asked of [addReader, (one: Delivery) => setExtension(one, reader, {})]) {
      const known = new Delivery(service, "ds.eth");
      known.token = async () => "a-token";
      await assert.rejects(asked(known, reader), { code: "cannot-tell" });
    }
  }
});
