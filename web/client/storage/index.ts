/**
 * Where a visitor's state lies, sealed with AES-GCM (docs/security.md: who sees what in each mode).
 *
 * - `own`: this origin's IndexedDB, with a key that no script can read out;
 * - `split`: the ciphertext at the host page, the key at the service under a partitioned cookie;
 * - `memory`: nowhere.
 */

import type { State } from "../state.ts";

export type StorageMode = "own" | "split" | "memory";

/**
 * Keeps one text. `save` returns when it is safe; false where another tab has written meanwhile, and nothing is.
 * `mayWrite` is asked at the last moment, by a storage that cannot compare what is there.
 */
export interface Storage {
  readonly mode: StorageMode;
  /** What it is for; tabs whose storage has the same place share it. Without one it is this tab's alone. */
  readonly place?: string;
  load(): Promise<string | undefined>;
  save(text: string, mayWrite?: () => Promise<boolean>): Promise<boolean>;
  /** The state as a text that this storage takes, where it does not take every one. */
  fitting?(state: State): string;
  /** Forgets every half. */
  clear(): Promise<void>;
  /** Another tab has forgotten every half: what is remembered of them here is of no use any more. */
  forgotten?(): void;
}

export const IV_BYTES = 12;

/** Seals a text under an AES-GCM key, bound to `place`. */
export async function sealed(key: CryptoKey, text: string, place: string): Promise<Uint8Array> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const algorithm = { name: "AES-GCM", iv, additionalData: new TextEncoder().encode(place) };
  const ciphertext = await crypto.subtle.encrypt(algorithm, key, new TextEncoder().encode(text));
  const blob = new Uint8Array(IV_BYTES + ciphertext.byteLength);
  blob.set(iv);
  blob.set(new Uint8Array(ciphertext), IV_BYTES);
  return blob;
}

/** Opens what `sealed` has made; undefined where key, place or bytes are others. */
export async function opened(key: CryptoKey, blob: Uint8Array, place: string): Promise<string | undefined> {
  const algorithm = {
    name: "AES-GCM",
    iv: blob.slice(0, IV_BYTES),
    additionalData: new TextEncoder().encode(place),
  };
  try {
    return new TextDecoder().decode(await crypto.subtle.decrypt(algorithm, key, blob.slice(IV_BYTES)));
  } catch {
    return undefined;
  }
}

/** Nothing is kept: a reload begins anew. */
export class MemoryStorage implements Storage {
  readonly mode = "memory";

  async load(): Promise<undefined> {}

  async save(): Promise<boolean> {
    return true;
  }

  async clear(): Promise<void> {}
}
