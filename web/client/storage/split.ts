/**
 * The ciphertext at the host page, the key at the service: neither half is of use alone (specification 5.6).
 *
 * What the host keeps is bounded (localStorage takes some 5 MB): `fitting` keeps the text short.
 */

import { fromBase64, Members, toBase64 } from "../../protocol/base/index.ts";
import { CannotTell, NotFound, Refused, type Service } from "../net/answers.ts";
import { withoutFiles } from "../parts/unsent.ts";
import { type State, writeState } from "../state.ts";
import type { Storage } from "./index.ts";
import { opened, sealed } from "./sealing.ts";

/** The characters of a state that the host page's half takes; attachments of old messages go first. */
const SPLIT_CHARS = 2_000_000;

/** The half that the host page keeps: an opaque text. */
export interface HostHalf {
  load(): string | undefined;
  save(ciphertext: string | undefined): void;
}

export class SplitStorage implements Storage {
  readonly mode = "split";
  #key: CryptoKey | undefined;

  private constructor(
    readonly place: string,
    readonly gateway: Service,
    readonly host: HostHalf,
  ) {}

  /** The storage, or undefined where the service's cookie does not come back. Throws `CannotTell`. */
  static async at(place: string, gateway: Service, host: HostHalf): Promise<SplitStorage | undefined> {
    const storage = new SplitStorage(place, gateway, host);
    try {
      await storage.#ask();
      if (storage.#key === undefined) await storage.#made();
    } catch (error) {
      if (error instanceof CannotTell) throw error;
      return undefined;
    }
    return storage.#key === undefined ? undefined : storage;
  }

  async load(): Promise<string | undefined> {
    const half = this.host.load();
    if (half === undefined || this.#key === undefined) return undefined;
    return opened(this.#key, fromBase64(half, "the host's half"), this.place);
  }

  /** A state that the host's half takes: files that were chosen, then the oldest messages are left out until it does. */
  fitting(all: State): string {
    let text = writeState(all);
    const state = text.length > SPLIT_CHARS ? withoutFiles(all) : all;
    if (state !== all) text = writeState(state);
    let messages = [...state.messages].sort((one, other) => one.at - other.at);
    while (text.length > SPLIT_CHARS && messages.length > 0) {
      let excess = text.length - SPLIT_CHARS;
      while (excess > 0 && messages.length > 0) excess -= messages.shift()!.text.length;
      text = writeState({ ...state, messages });
    }
    return text;
  }

  async save(text: string, mayWrite?: () => Promise<boolean>): Promise<boolean> {
    // After `clear` the key is another one.
    if (this.#key === undefined) await this.#ask();
    if (this.#key === undefined) await this.#made();
    const half = toBase64(await sealed(this.#key!, text, this.place));
    if (mayWrite !== undefined && !(await mayWrite())) return false;
    this.host.save(half);
    return true;
  }

  forgotten(): void {
    this.#key = undefined;
  }

  async clear(): Promise<void> {
    this.host.save(undefined);
    this.#key = undefined;
    try {
      await this.gateway.ask("wrap", { method: "DELETE" });
    } catch (error) {
      if (!(error instanceof NotFound)) throw error; // it is forgotten there already
    }
  }

  async #made(): Promise<void> {
    await this.gateway.ask("wrap", { method: "POST", body: "{}" });
    await this.#ask();
  }

  async #ask(): Promise<void> {
    try {
      const answer = await this.gateway.ask("wrap");
      const raw = fromBase64(new Members(answer ?? null, "the wrapping key").text("key", 100), "the wrapping key", 32);
      this.#key = await crypto.subtle.importKey("raw", raw.slice(), "AES-GCM", false, ["encrypt", "decrypt"]);
    } catch (error) {
      if (!(error instanceof NotFound || error instanceof Refused)) throw error;
    }
  }
}
