import assert from "node:assert/strict";
import { test } from "node:test";

import { checkChallenge, ForeignChallenge } from "../../protocol/auth_challenge.ts";
import { MalformedData } from "../../protocol/base/index.ts";

const jwt = (claims: object): string =>
  ["{}", JSON.stringify(claims), "sig"].map((part) => btoa(part).replaceAll("=", "").replaceAll("+", "-").replaceAll("/", "_")).join(".");
const OURS = { purpose: "challenge", aud: "ds.myapp.eth", name: "a.eth", nonce: "00" };
const check = (challenge: unknown) => checkChallenge(challenge, "DS.myapp.eth", "a.eth");

test("a challenge of the service that one talks to is signed, and one that says nothing of itself", () => {
  assert.equal(check(jwt(OURS)), jwt(OURS));
  assert.equal(check("0123456789-abcdef"), "0123456789-abcdef");
});

test("a challenge of another service, for another profile, or something else is refused", () => {
  for (const change of [{ aud: "ds.other.eth" }, { aud: undefined }, { name: "b.eth" }, { purpose: "token" }, { aud: 1 }]) {
    assert.throws(() => check(jwt({ ...OURS, ...change })), ForeignChallenge, JSON.stringify(change));
  }
});

test("what could pass for a hash, a claim or a message is never signed", () => {
  for (const bad of [`0x${"a".repeat(64)}`, "a".repeat(64), "alias: x.eth.....", '{"a":"bbbbbbbbbbbbb"}', "short", "", 7, null]) {
    assert.throws(() => check(bad), MalformedData, String(bad));
  }
});
