/** Ethereum accounts as dm3 needs them: addresses, EIP-191 signatures, recovery (specification 1). */

import { keccak_256 } from "@noble/hashes/sha3.js";

import { concatenated, fromHex, toHex, utf8 } from "../base/encoding.ts";
import { BadSignature, InvalidInput, MalformedData } from "../base/errors.ts";
import { secp256k1 } from "./secp256k1.ts";
import { WalletKey } from "./secrets.ts";

const ADDRESS = /^0[xX][0-9a-fA-F]{40}$/;
const SIGNATURE = /^0[xX][0-9a-fA-F]{130}$/;

/** `address` in EIP-55 form; throws `InvalidInput` for another form or a wrong checksum. */
export function checksumAddress(address: string): string {
  if (!ADDRESS.test(address)) throw new InvalidInput("an Ethereum address is 0x and 40 hex digits");
  const given = address.slice(2);
  const digits = given.toLowerCase();
  const marks = toHex(keccak_256(utf8(digits))).slice(2);
  const formed = [...digits].map((digit, at) => (marks[at]! >= "8" ? digit.toUpperCase() : digit)).join("");
  if (![digits, given.toUpperCase(), formed].includes(given)) {
    throw new InvalidInput("the Ethereum address has a wrong checksum: a digit was mistyped");
  }
  return `0x${formed}`;
}

/** The digest that `personal_sign` signs (EIP-191, version 0x45). */
export function personalHash(text: string): Uint8Array {
  const data = utf8(text);
  return keccak_256(concatenated(utf8(`\x19Ethereum Signed Message:\n${data.length}`), data));
}

/** The EIP-55 address that signed `text` with `personal_sign`; of two signatures that fit only low s counts. */
export function recoverPersonal(text: string, signature: string): string {
  if (!SIGNATURE.test(signature)) throw new MalformedData("a wallet signature is 0x and 130 hex digits");
  const raw = fromHex(signature, "the wallet signature", 65);
  const v = raw[64]!;
  const recovery = v >= 27 ? v - 27 : v;
  if (recovery > 1) throw new BadSignature("the wallet signature is not in canonical form");
  let point: Uint8Array;
  try {
    const compact = secp256k1.Signature.fromBytes(raw.subarray(0, 64), "compact");
    if (compact.hasHighS()) throw new BadSignature("the wallet signature is not in canonical form");
    const recovered = concatenated(Uint8Array.of(recovery), raw.subarray(0, 64));
    point = secp256k1.recoverPublicKey(recovered, personalHash(text), { prehash: false });
  } catch (error) {
    if (error instanceof BadSignature || error instanceof MalformedData) throw error;
    throw new BadSignature("no key fits the wallet signature");
  }
  return addressOfPoint(secp256k1.Point.fromBytes(point).toBytes(false));
}

function addressOfPoint(uncompressed: Uint8Array): string {
  return checksumAddress(toHex(keccak_256(uncompressed.subarray(1)).subarray(-20)));
}

/** An Ethereum account that signs: an injected wallet, or a `KeyWallet`. */
export interface Wallet {
  /** The account, as 0x and 40 hex digits. */
  readonly address: string;
  /** Signs `text` with `personal_sign`; gives 0x-hex. Rejects when the user refuses. */
  signMessage(text: string): Promise<string>;
}

/** A wallet whose key is here: an LSP's own. */
export class KeyWallet implements Wallet {
  readonly address: string;

  constructor(readonly key: WalletKey) {
    try {
      this.address = addressOfPoint(secp256k1.getPublicKey(key.reveal(), false));
    } catch {
      throw new InvalidInput("these 32 bytes are not a secp256k1 private key");
    }
  }

  /** Signs as `personal_sign` does; gives 0x-hex of r, s and v (27 or 28). Deterministic (RFC 6979). */
  sign(text: string): string {
    const raw = secp256k1.sign(personalHash(text), this.key.reveal(), { prehash: false, format: "recovered" });
    return toHex(concatenated(raw.subarray(1), Uint8Array.of(27 + raw[0]!)));
  }

  async signMessage(text: string): Promise<string> {
    return this.sign(text);
  }
}
