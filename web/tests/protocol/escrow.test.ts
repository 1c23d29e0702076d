import assert from "node:assert/strict";
import { before, test } from "node:test";

import { fromBase64, loadNameTables, toBase64 } from "../../protocol/base/index.ts";
import { Entropy } from "../../protocol/crypto/index.ts";
import { passkeyKeys, passkeySalt } from "../../protocol/crypto/passkey.ts";
import { RecoveryCode } from "../../protocol/crypto/recovery_code.ts";
import { type EscrowKey, EscrowLocked, EscrowMismatch, openEscrow, sealEscrow } from "../../protocol/escrow/index.ts";
import { type Case, refusesLater, vectors } from "./vectors.ts";

before(loadNameTables);

const APP = "myapp.eth";

function keyOf({ key: { by, secret } }: Case): EscrowKey {
  const bytes = fromBase64(secret, "the key");
  if (by === "code") return { by, code: new RecoveryCode(bytes) };
  const entropy = new Entropy(bytes);
  return { by, entropy: by === "passkey" ? passkeyKeys(entropy, APP).sealing : entropy };
}

const opened = (item: Case) => openEscrow(fromBase64(item.blob, "the copy"), item.profile, item.owner, keyOf(item));

test("copies that Python has sealed are opened, and sealed here to the same bytes", async () => {
  for (const item of vectors("services/escrow_copies", { valid: true })) {
    const found = await opened(item);
    const told = {
      name: found.name,
      seed: toBase64(found.seed.reveal()),
      nonce: found.nonce,
      signed_profile: found.signed,
      wallet_key: found.walletKey === undefined ? null : toBase64(found.walletKey.reveal()),
    };
    assert.deepEqual(told, item.expected, item.name);
    if (item.drawn !== null) {
      const left = [item.drawn.salt, item.drawn.nonce].filter((value) => value !== null).map((value) => fromBase64(value, "it"));
      const drawn = (count: number) => {
        const next = left.shift()!;
        assert.equal(next.length, count);
        return next;
      };
      assert.equal(toBase64(await sealEscrow(found, item.owner, keyOf(item), drawn)), item.blob, item.name);
    }
    if (item.account !== null) {
      const { account } = passkeyKeys(new Entropy(fromBase64(item.key.secret, "it")), APP);
      assert.deepEqual({ prf_input: toBase64(passkeySalt(APP)), address: account.address }, item.account);
      assert.equal(account.address, item.owner);
    }
  }
});

test("copies are refused as in Python", async () => {
  for (const item of vectors("services/escrow_copies", { valid: false })) {
    await refusesLater(item, () => opened(item), { "escrow-locked": EscrowLocked, "escrow-mismatch": EscrowMismatch });
  }
});
