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

/** Nothing is kept: a reload begins anew. */
export class MemoryStorage implements Storage {
  readonly mode = "memory";

  async load(): Promise<undefined> {}

  async save(): Promise<boolean> {
    return true;
  }

  async clear(): Promise<void> {}
}
