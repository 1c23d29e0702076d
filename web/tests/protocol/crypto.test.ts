import assert from "node:assert/strict";
import { test } from "node:test";

import { fromBase64, fromHex, InvalidInput, KeyRuleViolation, MalformedData, toBase64, utf8, CannotOpen } from "../../protocol/base/index.ts";
import {
  Entropy,
  HostSignature,
  isSigned,
  keyCreationText,
  KeyWallet,
  MAIN_DOMAIN,
  MAIN_URI,
  ownSignature,
  ProfileKeys,
  Seed,
  seedFrom,
  sessionKeys,
  sign,
  WalletKey,
} from "../../protocol/crypto/index.ts";
import { shownFirst, WalletRefused } from "../../client/wallets/signer.ts";
import { openText, sealText } from "../../protocol/wire/index.ts";
import { type Case, refuses, textOf, vectors } from "./vectors.ts";

const seedOf = (text: string): Seed => new Seed(fromBase64(text, "the seed"));
const main = (owner: string, nonce: string) => ({ owner, nonce, domain: MAIN_DOMAIN, uri: MAIN_URI });

test("key-creation messages", () => {
  for (const item of vectors("base/keys", { kind: "key-creation-message" })) {
    const text = () => keyCreationText(main(item.address, item.nonce));
    if (item.valid) assert.equal(text(), item.expected, item.name);
    else refuses(item, text, { malformed: InvalidInput });
  }
});

test("what keys come from is signed for nothing else, whoever shows it", async () => {
  const [{ address, nonce }] = vectors("base/keys", { kind: "key-creation-message", valid: true }) as [Case];
  const text = keyCreationText(main(address, nonce));
  const shown: string[] = [];
  const signer = { address, signOpenly: async (asked: string) => `signed ${asked}` };
  const careful = shownFirst(signer, async (asked) => void shown.push(asked));
  for (const spelled of [text, text.replaceAll(" ", "  "), `Welcome!\n${text.replaceAll(" ", "\n")}`]) {
    await assert.rejects(careful.signOpenly(spelled), WalletRefused);
    assert.equal(shown.at(-1), spelled, "it is shown, with the warning");
  }
  assert.equal(await careful.signOpenly("a Link Message"), "signed a Link Message");
});

test("key pairs come from the seed as libsodium makes them", () => {
  for (const item of vectors("base/keys", { kind: "key-pairs-from-seed" })) {
    const keys = new ProfileKeys(seedOf(item.seed));
    assert.equal(toBase64(keys.encryptionPublic), item.encryption.publicKey, item.name);
    assert.equal(toBase64(keys.signingPublic), item.signing.publicKey, item.name);
  }
});

test("session keys", () => {
  for (const item of vectors("base/keys", { kind: "session-keys" })) {
    const receiver = fromBase64(item.receiver.publicKey, "it");
    const ephemeral = new ProfileKeys(seedOf(item.ephemeral_seed)).encryptionPublic;
    const keys = sessionKeys(fromBase64(item.receiver.privateKey, "it"), ephemeral, ephemeral, receiver);
    assert.equal(toBase64(keys.toServer), item.sender_tx, item.name);
    assert.equal(toBase64(keys.toClient), item.sender_rx, item.name);
  }
});

test("a wallet signs as the reference's does, and its signature becomes the same seed", () => {
  for (const item of vectors("base/keys", { kind: "wallet-derivation" })) {
    const wallet = new KeyWallet(new WalletKey(fromHex(item.wallet_private_key, "it")));
    assert.equal(wallet.address, item.address);
    const message = main(item.address, item.nonce);
    assert.equal(keyCreationText(message), item.message);
    const signature = wallet.sign(item.message);
    assert.equal(signature, item.signature, item.name);
    assert.equal(toBase64(seedFrom(ownSignature(message, signature)).reveal()), item.seed, item.name);
  }
});

test("a host's signature is no source of keys, not even past the type checker", () => {
  const seen = new HostSignature("0x1DD8938401315464FeD053B8920295aE0f7C60B1", "text", "0x00");
  // @ts-expect-error the type checker refuses it, too
  assert.throws(() => seedFrom(seen), KeyRuleViolation);
  // @ts-expect-error a seed is not entropy: the kinds are kept apart though their shapes are alike
  assert.throws(() => seedFrom(new Seed(new Uint8Array(32))), KeyRuleViolation);
  assert.throws(() => ownSignature(main(seen.owner, "0x1234"), "0x00"), KeyRuleViolation);
});

test("secrets do not print", () => {
  const entropy = new Entropy(new Uint8Array(32).fill(0x41));
  assert.equal(`${entropy}`, "<Entropy: hidden>");
  assert.throws(() => JSON.stringify({ entropy }), InvalidInput);
});

test("signatures", () => {
  for (const item of vectors("base/signatures")) {
    const key = fromBase64(item.public_key, "it");
    assert.equal(isSigned(key, textOf(item), item.signature), item.valid, item.name);
    if (item.seed) assert.equal(sign(new ProfileKeys(seedOf(item.seed)), textOf(item)), item.signature, item.name);
  }
});

test("points of small order sign nothing", () => {
  const smallOrder = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    // the same points, written in a way that is not the canonical one
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0100000000000000000000000000000000000000000000000000000000000080",
  ].map((hex) => fromHex(`0x${hex}`, "it", 32));
  for (const key of smallOrder) {
    for (const r of smallOrder) {
      for (const text of ["", "a", "b", "c", "d", "e", "f", "g"]) {
        const signature = new Uint8Array(64);
        signature.set(r);
        assert.equal(isSigned(key, text, toBase64(signature)), false);
      }
    }
  }
});

test("a signature has one form: S + L is refused", () => {
  const [item] = vectors("base/signatures", { valid: true });
  const raw = fromBase64(item.signature, "it", 64);
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  let s = 0n;
  for (let at = 63; at >= 32; at--) s = (s << 8n) | BigInt(raw[at]!);
  s += order;
  for (let at = 32; at < 64; at++, s >>= 8n) raw[at] = Number(s & 255n);
  assert.equal(isSigned(fromBase64(item.public_key, "it"), textOf(item), toBase64(raw)), false);
});

// Authentic or not can only be told of at least a tag; what is sealed shows once it is open.
const SEEN_WHEN_OPENED = new Set(["ciphertext-empty", "ciphertext-shorter-than-a-tag", "text-not-utf-8"]);

test("sealing", () => {
  for (const item of vectors("base/sealing")) {
    const keys = new ProfileKeys(seedOf(item.receiver.seed));
    const open = () => openText(JSON.stringify(item.sealed), keys, "it");
    if (item.valid) {
      assert.equal(open(), textOf(item), item.name);
      const drawn = [...fromBase64(item.ephemeral_seed, "it"), ...fromHex(item.nonce, "it")];
      const sealed = sealText(textOf(item), keys.encryptionPublic, (length) => {
        assert.equal(length, drawn.length, "the whole draw at once");
        return Uint8Array.from(drawn);
      });
      assert.deepEqual(JSON.parse(sealed), item.sealed, item.name);
    } else {
      const malformed = SEEN_WHEN_OPENED.has(item.name) ? CannotOpen : MalformedData;
      refuses(item, open, { "wrong-key": CannotOpen, malformed });
    }
  }
});

test("a receiver's key of small order is refused before anything is sealed", () => {
  assert.throws(() => sealText("x", new Uint8Array(32), (length) => new Uint8Array(length).fill(7)), MalformedData);
  assert.ok(utf8("x"));
});
