/** What a passkey's PRF output becomes: an account of its own, and the key of a sealed copy (specification 5.9). */

import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";

import { utf8 } from "../base/index.ts";
import { walletKeyFrom } from "./derivation.ts";
import { KeyWallet } from "./ethereum.ts";
import { Entropy } from "./secrets.ts";

/** What one passkey is for one application. */
export interface PasskeyKeys {
  /** The owner in whose name the copy is kept: nobody's account anywhere else. */
  readonly account: KeyWallet;
  /** What the copy's key is derived from. */
  readonly sealing: Entropy;
}

/** The input of the PRF for an application, in normal form: 32 bytes. */
export function passkeySalt(app: string): Uint8Array {
  return sha256(utf8(`dm3lpp/v1/passkey-salt/${app}`));
}

/** The keys that a PRF output of 32 bytes gives for an application, in normal form. */
export function passkeyKeys(output: Entropy, app: string): PasskeyKeys {
  const expanded = (label: string) => new Entropy(hkdf(sha256, output.reveal(), undefined, utf8(label), 32));
  const account = new KeyWallet(walletKeyFrom(expanded(`dm3lpp/v1/passkey-account/${app}`)));
  return { account, sealing: expanded(`dm3lpp/v1/passkey-sealing/${app}`) };
}
