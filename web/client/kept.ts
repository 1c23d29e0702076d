/** The state in memory and in storage: changed in one place, one change after the other, told to listeners. */

import { EMPTY, readState, type State, writeState } from "./state.ts";
import type { Storage } from "./storage/index.ts";

export class Kept {
  #state: State;
  #saving: Promise<void> = Promise.resolve();
  readonly #listeners = new Set<(state: State) => void>();

  private constructor(
    readonly storage: Storage,
    state: State,
  ) {
    this.#state = state;
  }

  /** What the storage holds, else nothing yet. Throws what `readState` throws for data of a later version. */
  static async from(storage: Storage): Promise<Kept> {
    const text = await storage.load();
    return new Kept(storage, text === undefined ? EMPTY : readState(text));
  }

  get state(): State {
    return this.#state;
  }

  /** Changes the state; resolves when it is safe. Changes are made at once, in the order of their calls. */
  change(step: (state: State) => State): Promise<void> {
    const next = step(this.#state);
    if (next === this.#state) return this.#saving;
    this.#state = next;
    for (const listener of this.#listeners) listener(next);
    // Several changes that wait for the same write are written together.
    const saving = this.#saving.catch(() => undefined).then(() => this.#save());
    this.#saving = saving;
    return saving;
  }

  /** Calls `listener` with each new state; gives the way to stop. */
  listen(listener: (state: State) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves at the next change, or when `signal` says so. */
  changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const stop = this.listen(() => done());
      const done = () => {
        stop();
        signal.removeEventListener("abort", done);
        resolve();
      };
      signal.addEventListener("abort", done);
    });
  }

  /** Forgets everything, here and in storage. */
  async forget(): Promise<void> {
    await this.#saving.catch(() => undefined);
    this.#state = EMPTY;
    this.#written = undefined;
    for (const listener of this.#listeners) listener(EMPTY);
    await this.storage.clear();
  }

  #written: State | undefined;

  async #save(): Promise<void> {
    const state = this.#state;
    if (state === this.#written || this.storage.mode === "memory") return;
    await this.storage.save(this.storage.fitting?.(state) ?? writeState(state));
    this.#written = state;
  }
}
