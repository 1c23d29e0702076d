import assert from "node:assert/strict";
import { before, test } from "node:test";

import { canonicalJson, CannotOpen, fromBase64, loadNameTables, readJson } from "../../protocol/base/index.ts";
import { checkMessage, openEnvelope } from "../../protocol/composing.ts";
import { ProfileKeys, Seed } from "../../protocol/crypto/index.ts";
import {
  type Asked,
  type Asking,
  issueTime,
  LinkRefused,
  MistypedPairingCode,
  pairingProofs,
  parsePairingCode,
  printLinkMessage,
  takeAcceptance,
  takeEnding,
} from "../../protocol/linking/index.ts";
import { takeKeys } from "../../protocol/linking/recovery.ts";
import { EscrowMismatch, requirePublished } from "../../protocol/escrow/index.ts";
import { envelopeFrom, type Profile, readMessage, readSignedProfile, readTextRecord } from "../../protocol/wire/index.ts";
import { type Case, refuses, vectors } from "./vectors.ts";

before(loadNameTables);

/** A case's `asking` as it is kept here. */
function askingOf(item: Case): Asking | undefined {
  const told = item.asking;
  if (told == null) return undefined;
  const asked = (from: Case, withKeys: boolean): Asked => ({
    linkMessage: from.link_message,
    walletSignature: from.wallet_signature,
    until: from.until ?? told.requested_until,
    withKeys,
    pairing: from.pairing ?? undefined,
  });
  return {
    state: told.state,
    mainName: told.main_name,
    latest: asked(told, !told.after_accept),
    requestedUntil: told.requested_until,
    validUntil: told.valid_until,
    accepted:
      told.accepted_message == null
        ? undefined
        : { linkMessage: told.accepted_message, walletSignature: told.accepted_signature, until: told.accepted_until, withKeys: true },
    mainSignature: told.main_signature ?? undefined,
    earlier: told.earlier.map((from: Case) => asked(from, from.with_keys)),
  };
}

/** The profile of the message's sender, as it is published. */
function senderOf(item: Case): Profile {
  const record = readTextRecord(item.names[item.message.metadata.from].texts["network.dm3.profile"]);
  assert.equal(record.kind, "inline");
  return readSignedProfile(record.kind === "inline" ? record.text : "").profile;
}

function refusedAs(item: Case, action: () => unknown): void {
  assert.throws(action, (error: unknown) => {
    assert.ok(error instanceof LinkRefused, `${item.name}: ${error}`);
    assert.equal(error.reason, item.failure, item.name);
    return true;
  });
}

test("the Link Message is printed as Python prints it", () => {
  const printed = vectors("linking/link_messages", { printed: true }).filter((item) => item.expected.bound);
  assert.ok(printed.length >= 2);
  for (const { text, expected: told, name } of printed) {
    const message = {
      kind: told.kind,
      mainName: told.main_name,
      uri: told.uri,
      nonce: told.nonce,
      issuedAt: told.issued_at,
      expiresAt: told.expires_at,
      chainId: told.chain_id,
      profileName: told.profile_name,
      profileHash: told.profile_hash,
      owner: told.owner,
      recoverInto: told.recover_into ?? undefined,
    };
    assert.equal(printLinkMessage(message), text, name);
    assert.throws(() => printLinkMessage({ ...message, uri: "https://a.example\nVersion: 2" }));
    assert.throws(() => printLinkMessage({ ...message, nonce: "two words" }));
  }
});

test("acceptances are taken and refused as in Python", () => {
  for (const item of vectors("linking/acceptances")) {
    const take = () =>
      takeAcceptance(
        askingOf(item),
        readMessage(canonicalJson(item.message)),
        senderOf(item),
        { name: item.own_name, hash: item.own_hash },
        item.now,
      );
    if (!item.valid) {
      refusedAs(item, take);
      continue;
    }
    const { asking, effects } = take();
    assert.deepEqual([asking.state, asking.validUntil, effects], [item.expected.state, item.expected.valid_until, item.expected.effects], item.name);
  }
});

test("rejections and revocations are taken and refused as in Python", () => {
  for (const item of vectors("linking/endings")) {
    const take = () => takeEnding(askingOf(item), readMessage(canonicalJson(item.message)), senderOf(item));
    if (!item.valid) {
      refusedAs(item, take);
      continue;
    }
    const { asking, effects } = take();
    assert.deepEqual([asking.state, effects], [item.expected.state, item.expected.effects], item.name);
    const { told } = item.expected;
    if (told === undefined) continue;
    assert.deepEqual([asking.rejectedFor ?? null, asking.rejection || null], [told.code, told.reason], item.name);
  }
});

test("a messenger may answer by another of its names, and nobody else by theirs", () => {
  const name = "alice.another.example";
  const [accepted] = vectors("linking/acceptances", { name: "accepted" });
  const [ended] = vectors("linking/endings", { name: "request-rejected" });
  for (const [item, take] of [
    [accepted, (asking: Asking, also: string[]) => takeAcceptance(asking, readMessage(canonicalJson(accepted.message)), senderOf(accepted), { name: accepted.own_name, hash: accepted.own_hash }, accepted.now, also)],
    [ended, (asking: Asking, also: string[]) => takeEnding(asking, readMessage(canonicalJson(ended.message)), senderOf(ended), also)],
  ] as const) {
    const asking = { ...askingOf(item)!, mainName: name };
    assert.equal(take(asking, [name]).asking.state, item.expected.state);
    assert.throws(() => take(asking, []), LinkRefused);
  }
});

test("a pairing code is read as people type it, and proves both ways", () => {
  for (const { typed, link_message, expected, name } of vectors("linking/pairing", { valid: true })) {
    const code = parsePairingCode(typed);
    const { request, acceptance } = expected;
    assert.deepEqual({ code, ...pairingProofs(code, link_message) }, { code: expected.code, request, acceptance }, name);
  }
  for (const { typed, name } of vectors("linking/pairing", { valid: false })) {
    assert.throws(() => parsePairingCode(typed), MistypedPairingCode, name);
  }
});

test("an envelope with a link request is opened, and its message checked", () => {
  const open = (item: Case) => {
    const envelope = envelopeFrom(readJson(canonicalJson(item.envelope), "it"));
    const { message } = openEnvelope(envelope, new ProfileKeys(new Seed(fromBase64(item.receiver_seed, "it"))));
    const record = readTextRecord(item.names[message.from].texts["network.dm3.profile"]);
    checkMessage(message, readSignedProfile(record.kind === "inline" ? record.text : "").profile.signingKey);
    return { message: JSON.parse(message.text) };
  };
  for (const item of vectors("linking/envelopes", { valid: true })) assert.deepEqual(open(item), item.expected, item.name);
  for (const item of vectors("linking/envelopes", { valid: false })) {
    refuses(item, () => open(item), { "cannot-open": CannotOpen });
  }
});

test("keys of a recovery are taken and refused as in Python", () => {
  for (const item of vectors("linking/recovered_keys")) {
    const recovery = {
      profileName: item.recovery.profile_name,
      profileHash: item.recovery.profile_hash,
      mainName: item.recovery.main_name,
      linkMessage: item.recovery.link_message,
      walletSignature: item.recovery.wallet_signature,
      until: item.recovery.gives_up_at,
      pairing: item.recovery.pairing ?? undefined,
    };
    const record = item.names[recovery.profileName].texts["network.dm3.profile"];
    const published = readSignedProfile(record.slice(record.indexOf(",") + 1));
    const take = () => {
      const payload = takeKeys(recovery, readMessage(canonicalJson(item.message)), senderOf(item), published.hash);
      requirePublished({ seed: payload.profileKey, walletKey: payload.walletKey }, published.profile, item.names[recovery.profileName].address);
    };
    if (item.valid) take();
    else if (item.failure === "wrong-key") assert.throws(take, EscrowMismatch, item.name);
    else refusedAs(item, take);
  }
});

const NOW = 1_800_000_000;

function issuedAt(...times: number[]): Asking {
  const asked = times.map((time) => ({
    linkMessage: `Nonce: 1\nIssued At: ${new Date(time * 1000).toISOString()}`,
    walletSignature: "",
    until: time + 60,
    withKeys: true,
  }));
  const latest = asked.at(-1)!;
  return { state: "requested", mainName: "a.eth", latest, requestedUntil: latest.until, validUntil: 0, earlier: asked.slice(0, -1) };
}

test("a later request is issued later, as far as clocks may differ", () => {
  assert.equal(issueTime(undefined, NOW), NOW);
  assert.equal(issueTime(issuedAt(NOW), NOW + 1), NOW + 1);
  assert.equal(issueTime(issuedAt(NOW), NOW), NOW + 1);
  assert.equal(issueTime(issuedAt(NOW), NOW - 100), NOW + 1);
  assert.equal(issueTime(issuedAt(NOW), NOW - 119), NOW + 1);
  assert.equal(issueTime(issuedAt(NOW), NOW - 120), NOW - 120);
  assert.equal(issueTime(issuedAt(NOW + 50, NOW), NOW), NOW + 51);
});
