/** The conformance vectors, and which of our errors answers which failure class. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { BadSignature, CannotOpen, MalformedData } from "../../protocol/base/index.ts";

export type Case = any;

const folder = process.env["DM3_VECTORS"];

/** One file below `vectors/`, without `.json`. */
export function vectorFile(name: string): Case {
  assert.ok(folder, "DM3_VECTORS is not set: run `node test.mjs`");
  return JSON.parse(readFileSync(join(folder, `${name}.json`), "ascii"));
}

/** The cases of a file whose members equal `wanted`; at least one, for a filter that fits nothing tests nothing. */
export function vectors(name: string, wanted: Record<string, unknown> = {}, member = "cases"): Case[] {
  const found = vectorFile(name)[member].filter((item: Case) =>
    Object.entries(wanted).every(([key, value]) => item[key] === value),
  );
  assert.ok(found.length > 0, `no case of ${name} fits ${JSON.stringify(wanted)}`);
  return found;
}

/** The plain text of a case, written out or as a recipe. */
export function textOf(item: Case): string {
  return item.text ?? item.text_recipe.repeat.repeat(item.text_recipe.times);
}

// Nobody can tell a wrong key from a changed ciphertext, hence the same answer to both.
const REFUSED_AS: Record<string, new (message: string) => Error> = {
  "bad-signature": BadSignature,
  "wrong-key": BadSignature,
  "wrong-sender": BadSignature,
  "wrong-nonce": CannotOpen,
  "weak-key": CannotOpen,
  "tampered-ciphertext": CannotOpen,
  "bad-padding": CannotOpen,
  "hash-mismatch": BadSignature,
  malformed: MalformedData,
};

/** Asserts that `action` is refused with the error of the case's failure class, exactly. */
export function refuses(item: Case, action: () => unknown, exceptions: typeof REFUSED_AS = {}): void {
  assert.throws(action, refusalOf(item, exceptions));
}

/** As `refuses`, of what takes its time. */
export async function refusesLater(item: Case, action: () => Promise<unknown>, exceptions: typeof REFUSED_AS = {}): Promise<void> {
  await assert.rejects(action, refusalOf(item, exceptions));
}

function refusalOf(item: Case, exceptions: typeof REFUSED_AS) {
  const wanted = exceptions[item.failure] ?? REFUSED_AS[item.failure];
  assert.ok(wanted, `failure class ${item.failure} is not known`);
  return (error: Error) => {
    assert.equal(error.constructor.name, wanted.name, `${item.name}: ${error.message}`);
    return true;
  };
}
