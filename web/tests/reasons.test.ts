/** Reasons in the visitor's language: there is a sentence for each, and what was kept before there were these opens. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { readState } from "../client/state.ts";
import { CannotTell, reasonOf, Refused } from "../client/net/answers.ts";
import { replaceTexts } from "../widget/strings/index.ts";
import { reasonStringsFor } from "../widget/strings/reasons/index.ts";

const web = join(process.env["DM3_VECTORS"]!, "..", "web");

/** Every code that stands in a class of errors of the browser's part. */
function codes(): string[] {
  const files = ["protocol", "client", "widget"].flatMap((folder) =>
    readdirSync(join(web, folder), { recursive: true }).map((name) => join(web, folder, String(name))),
  );
  const sources = files.filter((name) => /\.tsx?$/.test(name)).map((name) => readFileSync(name, "utf8"));
  return sources.flatMap((text) => [...text.matchAll(/readonly code(?:: string)? = "([a-z0-9-]+)"/g)].map(([, code]) => code!));
}

/** The codes of JSON-RPC that the specification lists for handing in (2.5), as far as a message may meet them. */
const OF_SERVICES = ["-32000", "-32001", "-32002", "-32003", "-32004", "-32005", "-32010", "-32011", "plain-refusal", "too-large"];

test("each reason has a sentence in each language", async () => {
  const found = [...new Set(codes())];
  assert.ok(found.length > 25 && found.includes("cannot-tell") && found.includes("earlier-profile"), String(found));
  const reasons = [...found, ...OF_SERVICES.map((code) => reasonOf(new Refused("no", 422, code)))];
  for (const language of ["en", "de", "ar"]) {
    const strings: Readonly<Record<string, string>> = await reasonStringsFor(language);
    assert.deepEqual(reasons.filter((reason) => !strings[reason]?.trim()), [], language);
    // Only what comes from a wallet or from a service of another make is passed on as it is.
    const passed = Object.keys(strings).filter((reason) => strings[reason]!.includes("{reason}"));
    if (language !== "en") assert.deepEqual(passed, ["wallet-refused", "refused"], language);
  }
});

test("a reason is the error's code, and with a refusal the service's own", () => {
  assert.equal(reasonOf(new CannotTell("away")), "cannot-tell");
  assert.equal(reasonOf(new Refused("spam", 200, "-32010")), "refused-32010");
  assert.equal(reasonOf(new Refused("no", 401, "unauthorized")), "refused-unauthorized");
});

test("an operator's own words stand in place of these sentences, too", async () => {
  replaceTexts({ de: { "reasons.cannot-tell": "Unser Dienst macht Pause." } });
  try {
    assert.equal((await reasonStringsFor("de"))["cannot-tell"], "Unser Dienst macht Pause.");
  } finally {
    replaceTexts({});
  }
});

test("what was kept before there were reasons opens, with its problems as they were told", () => {
  const state = readState(readFileSync(join(web, "tests", "samples", "state_2026_11_28.json"), "utf8"));
  assert.deepEqual(state.outbox.map(({ failed, reason }) => [failed, reason]), [[true, undefined], [false, undefined]]);
  assert.equal(state.outbox[1]!.problem, "the service cannot be reached");
  assert.equal(state.identity!.name, "0x26214ba1d78715287c73c588928470b5113496e1.addr.shop.eth");
  assert.deepEqual(state.drafts, { "desk.user.shop.eth": "half a sentence" });
});
