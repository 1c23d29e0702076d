/**
 * Canonical JSON: the one text form over which dm3 hashes and signs (specification 2.1).
 *
 * No white space, keys in the order of their UTF-16 code units, lone surrogates as escapes; a member that
 * is `undefined` is left out. JavaScript's own numbers and strings are what the form is made of.
 */

import { InvalidInput } from "./errors.ts";

export const MAX_DEPTH = 64;

/** What JSON text can be read to. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [member: string]: Json;
}

/** The canonical JSON text of `value`; throws `InvalidInput` for what has no JSON form or nests too deep. */
export function canonicalJson(value: unknown, depth = 0): string {
  if (value === null || value === undefined) return "null";
  switch (typeof value) {
    case "string":
    case "number":
    case "boolean":
      return JSON.stringify(value);
    case "bigint":
      return value.toString();
    case "object":
      break;
    default:
      throw new InvalidInput(`a value of type ${typeof value} has no JSON form`);
  }
  if (depth >= MAX_DEPTH) throw new InvalidInput(`nested deeper than ${MAX_DEPTH} levels`);
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item, depth + 1)).join(",")}]`;
  const members = value as Record<string, unknown>;
  const written = Object.keys(members)
    .filter((key) => members[key] !== undefined)
    .sort(byCodeUnit)
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(members[key], depth + 1)}`);
  return `{${written.join(",")}}`;
}

function byCodeUnit(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** `members` without one of them, whatever the others are called. */
export function without(members: JsonObject, name: string): JsonObject {
  return Object.fromEntries(Object.entries(members).filter(([key]) => key !== name));
}
