/** The state in memory: changed in one place, one change after the other, told to listeners. */

import { EMPTY, type State } from "./state.ts";
import type { Storage } from "./storage/index.ts";

/** How a state changes; made again on another one where another tab was first, so it reads nothing but its argument. */
export type Step = (state: State) => State;

/** A state that is forgotten with the page. `parts/stored.ts` has the one that lasts, and is shared by tabs. */
export class Kept {
  #state: State;
  readonly #listeners = new Set<(state: State) => void>();

  constructor(
    readonly storage: Storage,
    state: State = EMPTY,
  ) {
    this.#state = state;
  }

  get state(): State {
    return this.#state;
  }

  /** Whether another tab of this browser has the same state. */
  get shared(): boolean {
    return false;
  }

  /** Whether this tab speaks with the services for all that share the state. */
  get leading(): boolean {
    return true;
  }

  /** Resolves when this tab leads, or when `signal` says so. */
  async led(_signal: AbortSignal): Promise<void> {}

  /** Changes the state; resolves when it is safe. Changes are made at once, in the order of their calls. */
  change(step: Step): Promise<void> {
    const next = step(this.#state);
    if (next === this.#state) return this.save();
    this.put(next);
    return this.save(step);
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
    this.put(EMPTY);
    await this.storage.clear();
  }

  protected put(state: State): void {
    this.#state = state;
    for (const listener of this.#listeners) listener(state);
  }

  /** Makes a change safe; without one, what was changed before. */
  protected async save(_step?: Step): Promise<void> {}
}
