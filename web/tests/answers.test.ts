/** What people read when a service cannot be reached: our words, and no browser's. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { CannotTell, Service } from "../client/net/answers.ts";

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
