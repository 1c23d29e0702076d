import assert from "node:assert/strict";
import { before, test } from "node:test";

import {
  BadSignature,
  canonicalJson,
  CannotOpen,
  fromBase64,
  fromHex,
  loadNameTables,
  MalformedData,
  normalize,
  readJson,
  sha256Hex,
} from "../../protocol/base/index.ts";
import { checkMessage, compose, envelop, openEnvelope, postmarkIsValid } from "../../protocol/composing.ts";
import { isSigned, keyCreationText, KeyWallet, MAIN_DOMAIN, MAIN_URI, type Opener, ownSignature, ProfileKeys, Seed, seedFrom, sessionKeys, WalletKey } from "../../protocol/crypto/index.ts";
import {
  dataUri,
  type Envelope,
  envelopeFrom,
  envelopeText,
  informationFrom,
  openText,
  profileIsSignedBy,
  profileJson,
  profileMessage,
  readMessage,
  readSignedProfile,
  readTextRecord,
  withSignature,
} from "../../protocol/wire/index.ts";
import { CannotTell, Refused } from "../../client/net/answers.ts";
import { wantsOtherForm } from "../../client/parts/finality.ts";
import { withOtherHash } from "../../client/parts/other_hash.ts";
import { type Case, refuses, vectors } from "./vectors.ts";

before(loadNameTables);

const asText = (value: unknown): string => canonicalJson(value);
// The reference writes letters beyond ASCII as they are, and garbles them when it reads the record.
const WRITTEN_AS_BASE64 = new Set(["delivery-service-in-other-letters"]);

test("signed profiles are read, verified and written", () => {
  for (const item of vectors("base/profiles", { kind: "signed-profile", valid: true })) {
    const signed = readSignedProfile(asText(item.signed_profile));
    assert.ok(profileIsSignedBy(signed, item.address), item.name);
    assert.equal(signed.hash, item.profile_hash, item.name);
    if (item.creation_message) assert.equal(profileMessage(signed.profileText, item.address), item.creation_message);
    const written = dataUri(item.signed_profile);
    if (WRITTEN_AS_BASE64.has(item.name)) assert.match(written, /^data:application\/json;base64,/);
    else assert.equal(written, item.data_uri, item.name);
  }
});

test("profiles are made as the reference makes them", () => {
  const made = vectors("base/profiles", { kind: "signed-profile", valid: true }).filter((item) => item.seed);
  assert.ok(made.length > 0);
  for (const item of made) {
    const wallet = new KeyWallet(new WalletKey(fromHex(item.wallet_private_key, "it")));
    const message = { owner: wallet.address, nonce: item.key_creation_nonce, domain: MAIN_DOMAIN, uri: MAIN_URI };
    const keys = new ProfileKeys(seedFrom(ownSignature(message, wallet.sign(keyCreationText(message)))));
    const profile = {
      signingKey: keys.signingPublic,
      encryptionKey: keys.encryptionPublic,
      deliveryServices: item.signed_profile.profile.deliveryServices,
    };
    const text = profileMessage(asText(profileJson(profile)), wallet.address);
    if (item.name === "signature-v-0-or-1") continue; // v as 0 or 1, which wallets write and we do not
    assert.equal(withSignature(profile, wallet.sign(text)).text, asText(item.signed_profile), item.name);
  }
});

test("profiles that their owner has not signed are refused", () => {
  for (const item of vectors("base/profiles", { kind: "signed-profile", valid: false })) {
    refuses(item, () => {
      if (!profileIsSignedBy(readSignedProfile(asText(item.signed_profile)), item.address)) throw new BadSignature("");
    });
  }
});

test("text records", () => {
  for (const item of vectors("base/profiles", { kind: "text-record" })) {
    const read = () => {
      const record = readTextRecord(item.text_record);
      assert.equal(record.kind, "inline");
      return readSignedProfile(record.kind === "inline" ? record.text : "");
    };
    if (item.valid) assert.equal(read().text, asText(item.signed_profile), item.name);
    else refuses(item, read);
  }
});

test("links to profiles carry their hash", () => {
  for (const item of vectors("base/profiles", { kind: "profile-link" })) {
    const check = () => {
      const record = readTextRecord(item.uri);
      assert.notEqual(record.kind, "inline");
      const wanted = record.kind === "inline" ? undefined : record.dm3Hash;
      if (wanted !== readSignedProfile(asText(item.signed_profile)).hash) throw new BadSignature("");
    };
    if (item.valid) check();
    else refuses(item, check, item.name === "link-hash-missing" ? { [item.failure]: MalformedData } : {});
  }
});

/** A signature of another form is no signature: nobody asks which of the two it is. */
const asBadSignature = (item: Case) =>
  /signature-(?!missing)/.test(item.name) ? { malformed: BadSignature } : {};

test("messages", () => {
  for (const item of vectors("base/messages")) {
    const check = () => {
      const message = readMessage(asText(item.message));
      if (message.from !== normalize(item.sender)) throw new BadSignature("another sender");
      const key = fromBase64(item.public_signing_key, "it");
      checkMessage(message, key);
      return message;
    };
    if (item.valid) assert.equal(check().hash, item.message_hash, item.name);
    else refuses(item, check, asBadSignature(item));
  }
});

/** Opens what is sealed for a pair of keys of which no seed is known. */
function opener(pair: { publicKey: string; privateKey: string }): Opener {
  const publicKey = fromBase64(pair.publicKey, "it");
  const privateKey = fromBase64(pair.privateKey, "it");
  return { receiveKey: (client) => sessionKeys(privateKey, client, client, publicKey).toServer };
}

// Valid by their signature; ours, like the reference's own schema, refuses unknown members (2.6).
const REFUSED_BY_DESIGN = new Set(["unknown-metadata-is-signed-too", "metadata-unknown-member-added"]);

function everythingOpened(item: Case): { envelope: Envelope; opened: ReturnType<typeof openEnvelope> } {
  const envelope = envelopeFrom(readJson(asText(item.envelope), "it"));
  informationFrom(readJson(openText(envelope.deliveryInformation, opener(item.delivery_service.encryption), "it"), "it"));
  const senderKey = fromBase64(item.sender.public_signing_key, "it");
  if (!isSigned(senderKey, envelope.signedText ?? "", envelope.signature)) throw new BadSignature("the envelope");
  const opened = openEnvelope(envelope, opener(item.receiver.encryption));
  checkMessage(opened.message, senderKey);
  return { envelope, opened };
}

test("envelopes of the reference are opened and verified in every part", () => {
  for (const item of vectors("base/envelopes", { valid: true })) {
    if (REFUSED_BY_DESIGN.has(item.name)) continue;
    const { envelope, opened } = everythingOpened(item);
    assert.equal(opened.message.text, asText(item.expected.message), item.name);
    if (envelope.postmark !== undefined) {
      const key = fromBase64(item.delivery_service.public_signing_key, "it");
      assert.ok(opened.postmark && postmarkIsValid(opened.postmark, envelope, key), item.name);
    }
  }
});

test("an envelope with one fault is refused", () => {
  for (const item of vectors("base/envelopes", { valid: false })) {
    if (REFUSED_BY_DESIGN.has(item.name)) continue;
    if (item.part === "postmark") {
      const { envelope, opened } = everythingOpened(item);
      const key = fromBase64(item.delivery_service.public_signing_key, "it");
      assert.ok(!(opened.postmark && postmarkIsValid(opened.postmark, envelope, key)), item.name);
    } else {
      const sealed = !item.name.includes("signed");
      refuses(item, () => everythingOpened(item), { ...asBadSignature(item), ...(sealed ? { "wrong-key": CannotOpen } : {}) });
    }
  }
});

const ALICE = new ProfileKeys(new Seed(new Uint8Array(32).fill(1)));
const BOB = new ProfileKeys(new Seed(new Uint8Array(32).fill(2)));
const SERVICE = new ProfileKeys(new Seed(new Uint8Array(32).fill(3)));

test("what is composed and enveloped is opened, and names its message", () => {
  const message = compose({ to: "bob.eth", from: "alice.eth", timestamp: 1_704_164_645_678, type: "NEW", content: "h\u{1f600}i" }, ALICE);
  let counter = 0;
  const random = (length: number) => Uint8Array.from({ length }, () => ++counter % 251);
  const envelope = envelop(
    message.text,
    {
      receiverKey: BOB.encryptionPublic,
      serviceKey: SERVICE.encryptionPublic,
      information: { to: "bob.eth", from: "alice.eth" },
      keys: ALICE,
    },
    random,
  );
  const again = envelopeFrom(readJson(envelopeText(envelope), "it"));
  assert.deepEqual(again, envelope);
  assert.equal(openEnvelope(again, BOB).message.text, message.text);
  assert.equal(again.messageHash, sha256Hex(message.text));
  assert.throws(() => openEnvelope(again, ALICE), CannotOpen);
  assert.throws(() => envelopeFrom({ ...(readJson(envelopeText(envelope), "it") as object), extra: 1 } as never), MalformedData);
});

test("an envelope takes the form that older services want, where they have refused the usual one", () => {
  const message = compose({ to: "bob.eth", from: "alice.eth", timestamp: 1_704_164_645_678, type: "NEW", content: "hi" }, ALICE);
  const addressed = { receiverKey: BOB.encryptionPublic, serviceKey: SERVICE.encryptionPublic, information: { to: "bob.eth", from: "alice.eth" }, keys: ALICE };
  const usual = envelop(message.text, addressed, (length) => new Uint8Array(length).fill(7));
  assert.ok(wantsOtherForm(new Refused("it does not take the message", 422, "plain-refusal")));
  const other = envelopeFrom(readJson(withOtherHash(envelopeText(usual), ALICE), "it"));
  assert.equal(other.messageHash, undefined);
  assert.equal(other.encryptedMessageHash, sha256Hex(canonicalJson(usual.message)));
  assert.ok(isSigned(ALICE.signingPublic, other.signedText!, other.signature));
  assert.equal(openEnvelope(other, BOB).message.text, message.text);
  for (const error of [new Refused("no", 422, "-32001"), new CannotTell("not now")]) {
    assert.ok(!wantsOtherForm(error));
  }
});
