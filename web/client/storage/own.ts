/** This origin's own IndexedDB: the recommended set-up, and the only mode in which other hosts see the same. */

import { createStore, del, get, set, type UseStore } from "idb-keyval";

import { opened, sealed, type Storage } from "./index.ts";

/** Storage for one place: an application under one top-level site. */
export class OwnStorage implements Storage {
  readonly mode = "own";
  readonly #store: UseStore;
  #key: CryptoKey | undefined;

  private constructor(readonly place: string) {
    this.#store = createStore("dm3", "kept");
  }

  /** The storage, or undefined where the browser gives this frame none. */
  static async at(place: string): Promise<OwnStorage | undefined> {
    try {
      const storage = new OwnStorage(place);
      await set("probe", 1, storage.#store);
      return storage;
    } catch {
      return undefined;
    }
  }

  async load(): Promise<string | undefined> {
    const blob = await get<Uint8Array>(`state ${this.place}`, this.#store);
    return blob && opened(await this.#wrappingKey(), blob, this.place);
  }

  async save(text: string): Promise<void> {
    await set(`state ${this.place}`, await sealed(await this.#wrappingKey(), text, this.place), this.#store);
  }

  forgotten(): void {
    this.#key = undefined;
  }

  async clear(): Promise<void> {
    this.#key = undefined;
    await del(`state ${this.place}`, this.#store);
    await del(`key ${this.place}`, this.#store);
  }

  /** Not extractable: a script that gets in can use it while it runs, and never carry it away. */
  async #wrappingKey(): Promise<CryptoKey> {
    const name = `key ${this.place}`;
    this.#key ??= await get<CryptoKey>(name, this.#store);
    if (this.#key === undefined) {
      this.#key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
      await set(name, this.#key, this.#store);
    }
    return this.#key;
  }
}
