/** This origin's own IndexedDB: the recommended set-up, and the only mode in which other hosts see the same. */

import { createStore, del, get, set, update, type UseStore } from "idb-keyval";

import type { Storage } from "./index.ts";
import { IV_BYTES, opened, sealed } from "./sealing.ts";

/** Storage for one place: an application under one top-level site. */
export class OwnStorage implements Storage {
  readonly mode = "own";
  readonly #store: UseStore;
  #key: CryptoKey | undefined;
  /** What was stored when this tab has loaded or saved last: the blob's IV, which no two of them share. */
  #seen: string | undefined;

  private constructor(
    readonly place: string,
    readonly mark: ((kept: boolean) => void) | undefined,
  ) {
    this.#store = createStore("dm3", "kept");
  }

  /**
   * The storage, or undefined where the browser gives this frame none. `mark` is told that something may be kept
   * here, and when it was forgotten: by the tab that does so, at that moment, so that it is never told too late.
   */
  static async at(place: string, mark?: (kept: boolean) => void): Promise<OwnStorage | undefined> {
    try {
      const storage = new OwnStorage(place, mark);
      await set("probe", 1, storage.#store);
      mark?.(true);
      return storage;
    } catch {
      return undefined;
    }
  }

  async load(): Promise<string | undefined> {
    this.#key = undefined; // another tab may have forgotten it
    const blob = await get<Uint8Array>(`state ${this.place}`, this.#store);
    this.#seen = revisionOf(blob);
    return blob && opened(await this.#wrappingKey(), blob, this.place);
  }

  async save(text: string): Promise<boolean> {
    const blob = await sealed(await this.#wrappingKey(), text, this.place);
    let isMine = false;
    // Compared where it is written: a tab that was frozen meanwhile does not know yet that it was replaced.
    const written = (there?: Uint8Array) => ((isMine = revisionOf(there) === this.#seen) ? blob : there);
    await update<Uint8Array | undefined>(`state ${this.place}`, written, this.#store);
    if (!isMine) return false;
    if (this.#seen === undefined) this.mark?.(true); // the first after all was forgotten
    this.#seen = revisionOf(blob);
    return true;
  }

  forgotten(): void {
    this.#key = undefined;
  }

  async clear(): Promise<void> {
    this.#key = this.#seen = undefined;
    this.mark?.(false);
    await del(`state ${this.place}`, this.#store);
    await del(`key ${this.place}`, this.#store);
  }

  /** Not extractable: a script that gets in can use it while it runs, and never carry it away. */
  async #wrappingKey(): Promise<CryptoKey> {
    if (this.#key === undefined) {
      const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
      await update<CryptoKey>(`key ${this.place}`, (there) => (this.#key = there ?? made), this.#store);
    }
    return this.#key!;
  }
}

function revisionOf(blob: Uint8Array | undefined): string | undefined {
  return blob?.slice(0, IV_BYTES).join();
}
