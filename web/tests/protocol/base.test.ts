import assert from "node:assert/strict";
import { test } from "node:test";

import { canonicalJson, InvalidName, loadNameTables, NameTablesNeeded, normalize, normalized, readJson, sha256Hex } from "../../protocol/base/index.ts";
import { textOf, vectorFile, vectors } from "./vectors.ts";

test("canonical JSON is what the reference prints", () => {
  for (const item of vectors("base/canonical_json")) {
    assert.equal(canonicalJson(readJson(item.input, "the case")), item.expected, item.name);
  }
});

test("values that JSON cannot spell are written as the reference writes them", () => {
  const file = vectorFile("base/canonical_json");
  const spelt: Record<string, unknown> = { NaN: NaN, Infinity: Infinity, "-Infinity": -Infinity, "-0": -0, undefined };
  const put = (place: unknown, value: unknown): unknown => {
    if (place === "$") return value;
    if (Array.isArray(place)) return place.map((item) => put(item, value));
    if (typeof place !== "object" || place === null) return place;
    return Object.fromEntries(Object.entries(place).map(([key, item]) => [key, put(item, value)]));
  };
  for (const item of file.values) {
    const value = item.js.startsWith("bigint:") ? BigInt(item.js.slice(7)) : spelt[item.js];
    assert.equal(canonicalJson(put(file.positions[item.position], value)), item.expected, item.name);
  }
});

test("a member called __proto__ is a member like any other", () => {
  assert.equal(canonicalJson(readJson('{"__proto__":{"a":1},"b":2}', "it")), '{"__proto__":{"a":1},"b":2}');
});

test("hashes", () => {
  for (const item of vectors("base/hashes")) assert.equal(sha256Hex(textOf(item)), item.hash, item.name);
});

test("nesting is bounded before anything is parsed, and brackets in strings do not count", () => {
  assert.throws(() => readJson("[".repeat(100_000), "it"), /nested deeper/);
  assert.equal(readJson(`"${"[".repeat(1000)}\\"["`, "it"), `${"[".repeat(1000)}"[`);
  assert.throws(() => readJson("[" + "[],".repeat(60_000) + "1]", "it"), /brackets and commas/);
  assert.throws(() => readJson("[" + "1,".repeat(110_000) + "1]", "it"), /brackets and commas/);
});

test("plain names need no tables, others do, and both come out in normal form", async () => {
  assert.equal(normalize("Alice.User.dm3.eth"), "alice.user.dm3.eth");
  assert.throws(() => normalize("xn--a.eth"), NameTablesNeeded);
  assert.equal(await normalized("Ünïcode.eth"), "ünïcode.eth");
  await loadNameTables();
  for (const { typed, expected, name } of vectors("services/names", { valid: true })) assert.equal(normalize(typed), expected, name);
  for (const { typed, name } of vectors("services/names", { valid: false })) {
    assert.throws(() => normalize(typed), InvalidName, name);
  }
});
