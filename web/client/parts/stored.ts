/**
 * The state that lasts, and that the tabs of one browser share. One tab writes it; a change that another tab makes
 * names the revision that it was made on, and is made again where that one has passed.
 */

import { Kept, type Step } from "../kept.ts";
import { CannotTell } from "../net/answers.ts";
import { EMPTY, readState, type State, writeState } from "../state.ts";
import type { Storage } from "../storage/index.ts";
import { type Answer, type Heard, Tabs, type Word } from "./tabs.ts";

/** What the storage holds, else nothing yet. Throws what `readState` throws for data of a later version. */
export async function stored(storage: Storage): Promise<Kept> {
  const text = await storage.load();
  return new StoredKept(storage, text === undefined ? EMPTY : readState(text), text);
}

/** A change that is not safe yet, and why it could not be made on the state of another tab. */
interface Pending {
  readonly step: Step;
  failed?: unknown;
}

class StoredKept extends Kept {
  #pending: Pending[] = [];
  /** The state of that revision. */
  #safe: State;
  #revision = 0;
  #saving: Promise<void> = Promise.resolve();
  #turn: Promise<unknown> = Promise.resolve();
  readonly #tabs: Tabs | undefined;

  constructor(
    storage: Storage,
    state: State,
    readonly loaded: string | undefined,
  ) {
    super(storage, state);
    this.#safe = state;
    const { place } = storage;
    if (place === undefined || typeof BroadcastChannel === "undefined") return;
    const keeper = { took: () => this.#took(), tell: () => this.#tell(), heard: (...heard: [Heard, boolean?]) => this.#heard(...heard) };
    this.#tabs = new Tabs(place, keeper);
  }

  override get shared(): boolean {
    return this.#tabs?.others ?? false;
  }

  override get leading(): boolean {
    return this.#tabs?.leading ?? true;
  }

  override async led(signal: AbortSignal): Promise<void> {
    await this.#tabs?.led(signal);
  }

  protected override save(step?: Step): Promise<void> {
    const pending: Pending | undefined = step && { step };
    if (pending !== undefined) this.#pending.push(pending);
    // Several changes that wait for the same write are written together, and what could not be written with the next.
    this.#saving = this.#saving.catch(() => undefined).then(() => this.#saveAll());
    return this.#saving.then(() => {
      if (pending?.failed !== undefined) throw pending.failed;
    });
  }

  /** Forgets what there is; what is begun meanwhile is written after it. */
  override forget(): Promise<void> {
    const done = this.#saving.catch(() => undefined).then(() => this.#forgetAll());
    this.#saving = done.catch(() => undefined);
    return done;
  }

  async #forgetAll(): Promise<void> {
    this.#pending = [];
    this.put(EMPTY);
    await this.#tabs?.decided();
    while (!this.leading) if (await this.#asked({ type: "forget" })) return;
    await this.#inTurn(() => this.#forgotten());
  }

  /** Has the tab that leads do it; whether it has. Throws `CannotTell` where that one cannot now. */
  async #asked(word: Word): Promise<boolean> {
    const { taken, failed } = await this.#tabs!.ask(word);
    if (failed) throw new CannotTell("the tab of this chat that writes for all could not do it", "Try again.");
    return taken ?? false;
  }

  async #saveAll(): Promise<void> {
    await this.#tabs?.decided();
    while (this.#pending.length > 0) {
      if (this.leading) await this.#inTurn(() => this.#written());
      else await this.#handed();
    }
  }

  /** Has the tab that leads write what is changed here; where it refuses, that was made on its state meanwhile. */
  async #handed(): Promise<void> {
    const count = this.#pending.length;
    const { state } = this;
    if (!(await this.#asked({ type: "save", text: writeState(state), revision: this.#revision }))) return;
    this.#safe = state;
    this.#pending.splice(0, count);
  }

  /** Writes what is changed here; only the tab that leads does. */
  async #written(): Promise<void> {
    const count = this.#pending.length;
    const written = this.state;
    if (!(await this.#store(written))) return this.#overtaken();
    this.#pending.splice(0, count);
    this.#saved(written);
    this.#tell();
  }

  #saved(state: State): void {
    this.#safe = state;
    this.#revision++;
  }

  async #store(state: State): Promise<boolean> {
    return this.storage.save(this.storage.fitting?.(state) ?? writeState(state), async () => (await this.#tabs?.leadsStill()) ?? true);
  }

  /** Another tab took this one's place, and has written: what is not safe yet is made again on that. */
  async #overtaken(): Promise<void> {
    if (this.storage.mode !== "own") return; // the one that leads has told its state
    const text = await this.storage.load();
    this.#revision++;
    this.#adopt(text ?? writeState(EMPTY));
  }

  /** Forgets in storage; only the tab that leads does. Where one half cannot be had now, the others are gone. */
  async #forgotten(): Promise<void> {
    this.#adopt(writeState(EMPTY));
    try {
      await this.storage.clear();
    } finally {
      this.#saved(EMPTY);
      this.#tell();
    }
  }

  #inTurn<Value>(action: () => Promise<Value>): Promise<Value> {
    const done = this.#turn.catch(() => undefined).then(action);
    this.#turn = done;
    return done;
  }

  /** The tab before may have written something that it could not tell any more. */
  async #took(): Promise<void> {
    if (this.storage.mode !== "own") return; // the half at the host page is what it was when the frame was opened
    const text = await this.storage.load().catch(() => undefined);
    if (text !== undefined && text !== this.loaded) this.#adopt(text);
  }

  #tell(answer: Answer = {}): void {
    if (!this.shared) return;
    this.#tabs?.say({ type: "state", text: writeState(this.#safe), revision: this.#revision, ...answer });
  }

  #heard(word: Heard, isAnswer = false): void {
    if (word.type === "state") {
      this.#revision = word.revision;
      if (!isAnswer || !word.taken) this.#adopt(word.text);
    } else if (this.leading && (word.type === "save" || word.type === "forget")) {
      void this.#inTurn(() => this.#answer(word)).catch(() => this.#tell({ answers: word.from, failed: true }));
    }
  }

  /** Does what another tab asks, unless it was asked of a state that has passed. */
  async #answer(word: Heard & { type: "save" | "forget" }): Promise<void> {
    if (word.type === "forget") {
      this.#pending = [];
      this.put(EMPTY);
      await this.#forgotten();
    } else if (word.revision === this.#revision) {
      const theirs = readState(word.text);
      if (await this.#store(theirs)) {
        this.#saved(theirs);
        this.#adopt(word.text);
        return this.#tell({ answers: word.from, taken: true });
      }
      await this.#overtaken();
    }
    this.#tell({ answers: word.from, taken: word.type === "forget" });
  }

  /** Takes another tab's state over. What is being written here stays, and what is not safe yet is done again on it. */
  #adopt(text: string): void {
    const theirs = readState(text);
    this.#safe = theirs;
    const { drafts, parts } = this.state;
    const isForgotten = theirs.identity === undefined && this.state.identity !== undefined;
    if (isForgotten) this.storage.forgotten?.();
    const { unsent = {} } = parts;
    let next: State = isForgotten ? theirs : { ...theirs, drafts, parts: { ...theirs.parts, unsent } };
    for (const pending of this.#pending) {
      try {
        next = pending.step(next);
      } catch (error) {
        pending.failed = error;
      }
    }
    this.put(next);
  }
}
