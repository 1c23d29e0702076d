/** Recovery codes: random bits in a form that people copy from paper (specification 3.8). */

import { sha256 } from "@noble/hashes/sha2.js";

import { concatenated, fromHex, InvalidInput, toHex, utf8 } from "../base/index.ts";
import type { RandomBytes } from "./derivation.ts";
import { Secret } from "./secrets.ts";

const SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const COUNT = 32;
const BYTES = 17;

/** The recovery code is mistyped; its checksum tells that before anybody is asked. */
export class MistypedCode extends InvalidInput {
  override readonly code = "mistyped-code";
}

/** The 17 bytes of a code. */
export class RecoveryCode extends Secret<"recovery-code"> {
  constructor(value: Uint8Array) {
    super(value, BYTES);
  }
}

/** Draws a code. */
export function newRecoveryCode(random: RandomBytes): RecoveryCode {
  return new RecoveryCode(random(BYTES));
}

/** The code as the user sees it, once: `XXXX-XXXX-…`, 39 characters. It is the secret itself. */
export function printRecoveryCode(code: RecoveryCode): string {
  const number = BigInt(toHex(concatenated(code.reveal(), check(code.reveal()))));
  const signs = Array.from({ length: COUNT }, (_, at) => SIGNS[Number((number >> BigInt(5 * (COUNT - 1 - at))) & 31n)]!);
  return signs.join("").replace(/(.{4})(?=.)/g, "$1-");
}

/** Reads a code in any case and with any separators; I and L are read as 1, O as 0. Throws `MistypedCode`. */
export function parseRecoveryCode(typed: string): RecoveryCode {
  const signs = [...typed.slice(0, 200).toUpperCase().replace(/[\s\-–—_.]/g, "").replace(/[IL]/g, "1").replace(/O/g, "0")];
  if (signs.length !== COUNT || signs.some((sign) => !SIGNS.includes(sign))) {
    throw new MistypedCode(`a recovery code has ${COUNT} letters and digits`);
  }
  const number = signs.reduce((sum, sign) => (sum << 5n) | BigInt(SIGNS.indexOf(sign)), 0n);
  const data = fromHex(`0x${number.toString(16).padStart(40, "0")}`, "the code", 20);
  const raw = data.slice(0, BYTES);
  if (toHex(check(raw)) !== toHex(data.slice(BYTES))) throw new MistypedCode("the code's checksum does not fit");
  return new RecoveryCode(raw);
}

function check(raw: Uint8Array): Uint8Array {
  return sha256(concatenated(utf8("dm3lpp/v1/recovery-code"), raw)).slice(0, 3);
}
