/** ENS names: normal form, and the names that Linked Profiles have (specification 2.6, 3.1). */

import { InvalidName } from "./errors.ts";

const MAX_NAME = 255;
const MAX_LABEL = 63;
const ADDRESS = /^0x[0-9a-f]{40}$/;
// Of these signs every sequence is in ENSIP-15 normal form, save "--" as the third and fourth of a label.
const PLAIN = /^(?!..--)[a-z0-9-]+(?:\.(?!..--)[a-z0-9-]+)*$/;

let ensip15: ((name: string) => string) | undefined;

/** The 25 KB of tables for all other names; loaded when the first of them is met. */
export async function loadNameTables(): Promise<void> {
  if (ensip15 === undefined) ({ ens_normalize: ensip15 } = await import("@adraffy/ens-normalize"));
}

/** A name that needs the tables, which are not loaded yet: `await loadNameTables()`, then try again. */
export class NameTablesNeeded extends Error {}

/**
 * `name` in ENSIP-15 normal form.
 *
 * Throws `InvalidName`, or `NameTablesNeeded` for a name that is not plain ASCII before the tables are there.
 */
export function normalize(name: string): string {
  if (name.length > 2 * MAX_NAME || [...name].length > MAX_NAME) {
    throw new InvalidName(`it has more than ${MAX_NAME} characters`);
  }
  // Only A to Z: JavaScript's lower case of other signs is none of ENSIP-15's business.
  const lowered = name.replace(/[A-Z]/g, (sign) => sign.toLowerCase());
  const normal = PLAIN.test(lowered) ? lowered : byTables(name);
  for (const label of normal.split(".")) {
    if (label === "") throw new InvalidName(`${shown(name)} is empty or has an empty label`);
    if ([...label].length > MAX_LABEL) {
      throw new InvalidName(`${shown(name)} has a label of more than ${MAX_LABEL} characters`);
    }
  }
  return normal;
}

function byTables(name: string): string {
  if (ensip15 === undefined) throw new NameTablesNeeded();
  try {
    return ensip15(name);
  } catch (error) {
    throw new InvalidName(`${shown(name)} is not a valid ENS name: ${(error as Error).message}`);
  }
}

function shown(name: string): string {
  return JSON.stringify(name.slice(0, 60));
}

/** `normalize`, with the tables loaded where the name needs them. */
export async function normalized(name: string): Promise<string> {
  try {
    return normalize(name);
  } catch (error) {
    if (!(error instanceof NameTablesNeeded)) throw error;
    await loadNameTables();
    return normalize(name);
  }
}

/** The self-certifying name of `address` below application `app` (specification 3.1). */
export function addressName(address: string, app: string): string {
  return normalize(`${anAddress(address)}.addr.${app}`);
}

/** The alias that ties an LSP of `app` to its owner's address (specification 3.1). */
export function ownerAlias(owner: string, app: string): string {
  return normalize(`lsp.${anAddress(owner)}.${app}`);
}

function anAddress(text: string): string {
  const lowered = text.toLowerCase();
  if (!ADDRESS.test(lowered)) throw new InvalidName(`${shown(text)} is not an Ethereum address`);
  return lowered;
}

/** The lower-case address and the application of an address name; undefined for other names. */
export function addressOf(name: string): { address: string; app: string } | undefined {
  const [address = "", marker, ...app] = normalize(name).split(".");
  return ADDRESS.test(address) && marker === "addr" && app.length > 0
    ? { address, app: app.join(".") }
    : undefined;
}
