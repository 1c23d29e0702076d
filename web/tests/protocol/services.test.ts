import assert from "node:assert/strict";
import { before, test } from "node:test";

import { checkChallenge, ForeignChallenge } from "../../protocol/auth_challenge.ts";
import { BadSignature, canonicalJson, fromBase64, loadNameTables, readJson } from "../../protocol/base/index.ts";
import { openEnvelope } from "../../protocol/composing.ts";
import { isSigned, ProfileKeys, Seed } from "../../protocol/crypto/index.ts";
import { envelopeFrom, extensionFrom, supports } from "../../protocol/wire/index.ts";
import { type Case, refuses, vectors } from "./vectors.ts";

before(loadNameTables);

test("challenges are signed for the service and profile that they are for, and for no other", () => {
  const check = (item: Case) => checkChallenge(item.challenge, item.service, item.profile);
  for (const item of vectors("services/auth_challenges", { valid: true })) assert.equal(check(item), item.expected, item.name);
  for (const item of vectors("services/auth_challenges", { valid: false })) {
    refuses(item, () => check(item), { "foreign-challenge": ForeignChallenge });
  }
});

test("an envelope names its message by one hash of two, and by the right one", () => {
  const open = (item: Case): string | undefined => {
    const envelope = envelopeFrom(readJson(canonicalJson(item.envelope), "it"));
    const sender = fromBase64(item.sender.public_signing_key, "it");
    if (!isSigned(sender, envelope.signedText ?? "", envelope.signature)) throw new BadSignature("the envelope");
    openEnvelope(envelope, new ProfileKeys(new Seed(fromBase64(item.receiver_seed, "it"))));
    return envelope.messageHash ?? envelope.encryptedMessageHash;
  };
  for (const item of vectors("services/envelope_hashes", { valid: true })) assert.equal(open(item), item.expected.id, item.name);
  for (const item of vectors("services/envelope_hashes", { valid: false })) refuses(item, () => open(item));
});

test("a profile's extension says what it reads, in every spelling", () => {
  // What the reference writes as a text of JSON is read where the answer is.
  const read = ({ result }: Case) => extensionFrom(typeof result === "string" ? readJson(result, "it") : result);
  for (const item of vectors("services/profile_extensions", { valid: true })) {
    const found = read(item);
    assert.deepEqual(found.encryptionSchemes, item.expected.schemes, item.name);
    for (const [type, expected] of Object.entries(item.expected.supports)) {
      assert.equal(supports(found, type) ?? null, expected, `${item.name}: ${type}`);
    }
  }
  for (const item of vectors("services/profile_extensions", { valid: false })) refuses(item, () => read(item));
});
