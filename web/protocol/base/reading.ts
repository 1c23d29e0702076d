/** Reading JSON that somebody else wrote: bounded in size and depth, and typed member by member. */

import { MAX_DEPTH, type Json, type JsonObject } from "./canonical.ts";
import { MalformedData, TooLarge } from "./errors.ts";

/** The protocol's bound for a message, in UTF-16 code units here (specification 4). */
export const MAX_JSON_CHARS = 20 * 1024 * 1024;
const MAX_SIGNS = 100_000;
const USABLE = 1e300;

/** Parses JSON text; `what` names it in errors. Throws `TooLarge` or `MalformedData`. */
export function readJson(text: string, what: string, maxChars = MAX_JSON_CHARS): Json {
  if (text.length > maxChars) throw new TooLarge(`${what} has more than ${maxChars} characters`);
  checkNesting(text, what);
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new MalformedData(`${what} is not JSON`);
  }
}

/** Depth is counted before parsing, outside of strings: a hostile text must not cost more than a scan. */
function checkNesting(text: string, what: string): void {
  let depth = 0;
  let signs = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const sign = text.charCodeAt(at);
    if (quoted) {
      if (sign === 0x5c) at++;
      else if (sign === 0x22) quoted = false;
    } else if (sign === 0x22) quoted = true;
    else if (sign === 0x5b || sign === 0x7b) {
      signs += 2;
      if (++depth > MAX_DEPTH) throw new MalformedData(`${what} is nested deeper than ${MAX_DEPTH} levels`);
    } else if (sign === 0x5d || sign === 0x7d) depth--;
    else if (sign === 0x2c) signs++;
  }
  if (signs > MAX_SIGNS) throw new MalformedData(`${what} has more than ${MAX_SIGNS} brackets and commas`);
}

/** Typed access to the members of a JSON object from outside; `null` counts as missing. */
export class Members {
  readonly raw: JsonObject;
  readonly #what: string;

  constructor(value: Json | undefined, what: string) {
    if (value === null || typeof value !== "object" || Array.isArray(value)) {
      throw new MalformedData(`${what} must be a JSON object`);
    }
    this.raw = value as JsonObject;
    this.#what = what;
  }

  optionalText(key: string, maxLength = MAX_JSON_CHARS): string | undefined {
    const value = this.#get(key);
    if (value === undefined) return undefined;
    if (typeof value !== "string") throw this.#fault(key, "must be a string");
    // Characters as Python counts them: a pair of surrogates is one.
    if (value.length > maxLength && [...value].length > maxLength) {
      throw this.#fault(key, `has more than ${maxLength} characters`);
    }
    return value;
  }

  text(key: string, maxLength = MAX_JSON_CHARS): string {
    return this.#required(key, this.optionalText(key, maxLength));
  }

  optionalWhole(key: string): number | undefined {
    const value = this.#get(key);
    if (value === undefined) return undefined;
    if (typeof value !== "number") throw this.#fault(key, "must be a number");
    if (!(Math.abs(value) < USABLE)) throw this.#fault(key, "is not a usable number");
    if (Math.abs(value) > 2 ** 53) throw this.#fault(key, "is not a usable whole number");
    return Math.trunc(value);
  }

  /** The number `key`, a fraction cut off, as the reference's clocks may send one. */
  whole(key: string): number {
    return this.#required(key, this.optionalWhole(key));
  }

  optionalBoolean(key: string): boolean | undefined {
    const value = this.#get(key);
    if (value !== undefined && typeof value !== "boolean") throw this.#fault(key, "must be true or false");
    return value;
  }

  optionalItems(key: string): readonly Json[] | undefined {
    const value = this.#get(key);
    if (value === undefined) return undefined;
    if (!Array.isArray(value)) throw this.#fault(key, "must be an array");
    return value as readonly Json[];
  }

  items(key: string): readonly Json[] {
    return this.#required(key, this.optionalItems(key));
  }

  texts(key: string, maxItems = 100, maxLength = 1000): string[] {
    const found = this.items(key);
    if (found.length > maxItems) throw this.#fault(key, `has more than ${maxItems} items`);
    return found.map((item) => {
      if (typeof item !== "string" || item.length > maxLength) throw this.#fault(key, "must hold strings only");
      return item;
    });
  }

  optionalObject(key: string): Members | undefined {
    const value = this.#get(key);
    return value === undefined ? undefined : new Members(value, `${this.#what}.${key}`);
  }

  object(key: string): Members {
    return this.#required(key, this.optionalObject(key));
  }

  /** Refuses members other than `allowed`. */
  only(...allowed: readonly string[]): void {
    for (const key of Object.keys(this.raw)) {
      if (!allowed.includes(key)) throw new MalformedData(`${this.#what}: unknown member ${key.slice(0, 40)}`);
    }
  }

  #get(key: string): Json | undefined {
    return Object.hasOwn(this.raw, key) ? (this.raw[key] ?? undefined) : undefined;
  }

  #required<T>(key: string, value: T | undefined): T {
    if (value === undefined) throw this.#fault(key, "is missing");
    return value;
  }

  #fault(key: string, fault: string): MalformedData {
    return new MalformedData(`${this.#what}: ${key} ${fault}`);
  }
}
