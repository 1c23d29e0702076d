/**
 * Secret values: they neither print nor turn into JSON by accident.
 *
 * The key rule lives here as types (specification 3.2): an `OwnedSignature` or `Entropy` can become a `Seed`;
 * a `HostSignature`, which a page outside the component has seen, cannot.
 */

import { InvalidInput } from "../base/errors.ts";

export abstract class Secret<Kind extends string> {
  readonly #value: Uint8Array;
  /** Keeps the kinds apart for the type checker, which compares shapes and not names. */
  declare protected readonly kind: Kind;

  constructor(value: Uint8Array, length?: number) {
    if (length !== undefined && value.length !== length) {
      throw new InvalidInput(`${new.target.name} has ${value.length} bytes instead of ${length}`);
    }
    this.#value = value;
  }

  /** The secret bytes. Every call of this is a place to look at in a review. */
  reveal(): Uint8Array {
    return this.#value;
  }

  toString(): string {
    return `<${this.constructor.name}: hidden>`;
  }

  toJSON(): never {
    throw new InvalidInput(`${this.constructor.name} has no JSON form`);
  }
}

/** The 32 bytes from which a profile's key pairs come (specification 2.2). */
export class Seed extends Secret<"seed"> {
  constructor(value: Uint8Array) {
    super(value, 32);
  }
}

/** A secp256k1 private key. */
export class WalletKey extends Secret<"wallet-key"> {
  constructor(value: Uint8Array) {
    super(value, 32);
  }
}

/** A symmetric key for data at rest. */
export class StorageKey extends Secret<"storage-key"> {
  constructor(value: Uint8Array) {
    super(value, 32);
  }
}

/** At least 32 random bytes: of this machine, of a passkey, or of the host's server for its own user. */
export class Entropy extends Secret<"entropy"> {
  constructor(value: Uint8Array) {
    super(value);
    if (value.length < 32) throw new InvalidInput("entropy has at least 32 bytes");
  }
}

/** A wallet's signature made inside the component over our own key-creation message; see `ownSignature`. */
export class OwnedSignature extends Secret<"owned-signature"> {}

/** A signature that the host page has seen: it may authorise an alias, and never becomes a key. */
export class HostSignature {
  declare protected readonly kind: "host-signature";

  constructor(
    readonly owner: string,
    readonly text: string,
    readonly signature: string,
  ) {}
}
