/**
 * The tabs of one browser that share a state: one of them leads, which writes the state and speaks with the services.
 *
 * Who holds a Web Lock leads. A frame of another site has none where third-party cookies are blocked: there the
 * tabs agree by BroadcastChannel, which it has, and of two that lead at once the one of the later term goes on. A
 * leader that is closed says so; one that does not answer, frozen in the background, is replaced.
 */

/** How long tabs wait for a leader's word where there are no locks, in milliseconds. */
const SETTLED_AFTER = 700;
/** After how long without an answer a leader is taken for frozen. */
const SILENT_AFTER = 5_000;
/** How often a tab notices that it runs: one that was frozen does not. */
const NOTICED_EVERY = 1_000;
/** How often a tab that is seen makes sure of its leader. */
const ASKED_EVERY = 10_000;

/** What tabs say to each other. The state's text never leaves this origin. */
export type Word =
  | { readonly type: "who" | "leaving" }
  | { readonly type: "leading"; readonly term: number }
  | { readonly type: "save"; readonly text: string; readonly revision: number }
  | { readonly type: "forget" }
  /** The state that counts. */
  | ({ readonly type: "state"; readonly text: string; readonly revision: number } & Answer);

/** What became of a question. */
export interface Answer {
  /** From whom the question came: each has a name of its own. */
  readonly answers?: string;
  /** Whether it was done. */
  readonly taken?: boolean;
  /** Whether it cannot be done now: to ask again at once is of no use. */
  readonly failed?: boolean;
}

export type Heard = Word & { readonly from: string };

/** What the state's keeper does about the others. */
export interface Keeper {
  /** This tab is about to lead; where that throws, another one is to. */
  took(): Promise<void>;
  /** Tells the others the state that counts. */
  tell(): void;
  /** Takes what another tab says; `isAnswer`: this tab has asked for it, and waits. */
  heard(word: Heard, isAnswer?: boolean): void;
}

export class Tabs {
  readonly id = crypto.randomUUID();
  readonly #channel: BroadcastChannel;
  readonly #lock: string;
  #leading = false;
  #term = 0;
  #leader: string | undefined;
  #others = false;
  #locks = navigator.locks !== undefined;
  #release: (() => void) | undefined;
  /** What was asked and has no answer yet, by the question's name. */
  readonly #questions = new Map<string, (answer: Answer) => void>();
  #asked = 0;
  #sign: (() => void) | undefined;
  #ranAt = Date.now();
  #slept = false;
  readonly #waiting = new Set<() => void>();

  constructor(
    place: string,
    readonly keeper: Keeper,
  ) {
    this.#lock = `dm3 ${place}`;
    this.#channel = new BroadcastChannel(this.#lock);
    this.#channel.onmessage = ({ data }: MessageEvent<Heard>) => this.#take(data);
    addEventListener("pagehide", () => this.#leave());
    addEventListener("pageshow", (event) => void ((event as PageTransitionEvent).persisted && this.#join()));
    setInterval(() => this.#noticed(), NOTICED_EVERY);
    setInterval(() => void (document.hidden || this.#leading || this.#present()), ASKED_EVERY);
    this.#join();
  }

  get leading(): boolean {
    return this.#leading;
  }

  /** Whether any other tab was heard of. */
  get others(): boolean {
    return this.#others;
  }

  /** Resolves when it is known who leads. */
  async decided(): Promise<void> {
    while (!this.#leading && this.#leader === undefined) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  /** Resolves when this tab leads, or when `signal` says so. */
  async led(signal: AbortSignal): Promise<void> {
    while (!this.#leading && !signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#waiting.add(resolve);
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
    }
  }

  /** Whether this tab leads, as far as the others know: who was frozen asks them, where there is no lock to tell. */
  async leadsStill(): Promise<boolean> {
    this.#noticed();
    if (this.#locks) return true;
    if (this.#slept) {
      this.say({ type: "leading", term: this.#term });
      await new Promise((resolve) => setTimeout(resolve, SETTLED_AFTER));
      this.#slept = false;
    }
    return this.#leading;
  }

  say(word: Word, from: string = this.id): void {
    this.#channel.postMessage({ ...word, from });
  }

  /** Asks the leader; what became of it. One that is silent is replaced, by this tab or another one. */
  async ask(word: Word): Promise<Answer> {
    const question = `${this.id} ${++this.#asked}`;
    const asked = new Promise<Answer>((resolve) => this.#questions.set(question, resolve));
    this.say(word, question);
    const answer = await within(SILENT_AFTER, asked);
    this.#questions.delete(question);
    if (answer === undefined) await this.#replace();
    return answer ?? {};
  }

  #noticed(): void {
    const now = Date.now();
    if (now - this.#ranAt >= SILENT_AFTER) this.#slept = true;
    this.#ranAt = now;
  }

  #join(): void {
    this.say({ type: "who" });
    this.#queue();
  }

  /** Leads when it is this tab's turn. */
  #queue(): void {
    if (!this.#locks) return this.#agree();
    this.#held({}).catch(() => {
      this.#locks = false;
      this.#agree();
    });
  }

  /** Waits for the lock, and leads while it is held. */
  async #held(options: LockOptions): Promise<void> {
    let release: (() => void) | undefined;
    try {
      await navigator.locks.request(this.#lock, options, () => {
        const held = new Promise<void>((resolve) => (this.#release = release = resolve));
        void this.#lead();
        return held;
      });
    } catch (error) {
      if (release === undefined) throw error;
      // Another tab has taken it, because this one did not answer; perhaps it has said so already.
      if (this.#release !== release) return;
      this.#resign();
      this.#queue();
    }
  }

  #agree(): void {
    setTimeout(() => void (this.#leader === undefined && !this.#leading && this.#lead()), SETTLED_AFTER);
  }

  async #lead(): Promise<void> {
    const term = ++this.#term;
    this.#leader = this.id;
    try {
      await this.keeper.took();
    } catch {
      if (this.#leader === this.id) this.#resign();
    }
    // Meanwhile another one may lead, or this tab be closed.
    if (this.#leader !== this.id || this.#term !== term) return;
    this.#leading = true;
    this.say({ type: "leading", term: this.#term });
    this.keeper.tell();
    this.#wake();
  }

  /** Makes sure that the leader is there. */
  async #present(): Promise<void> {
    const sign = new Promise<true>((resolve) => (this.#sign = () => resolve(true)));
    this.say({ type: "who" });
    if ((await within(SILENT_AFTER, sign)) === undefined) await this.#replace();
  }

  async #replace(): Promise<void> {
    if (this.#leading) return;
    const stolen = await new Promise<boolean>((resolve) => {
      if (!this.#locks) return resolve(false);
      this.#waiting.add(() => resolve(true));
      this.#held({ steal: true }).catch(() => resolve(false));
    });
    if (!stolen) await this.#lead();
  }

  #leave(): void {
    if (this.#leading) this.say({ type: "leaving" });
    this.#resign();
  }

  /** Leads no more, and is not about to. */
  #resign(): void {
    if (this.#leader === this.id) this.#leader = undefined;
    this.#leading = false;
    this.#release?.();
    this.#release = undefined;
  }

  #take(word: Heard): void {
    this.#others = true;
    if (word.from === this.#leader) this.#sign?.();
    switch (word.type) {
      case "who":
        if (!this.#leading) return;
        this.say({ type: "leading", term: this.#term });
        return this.keeper.tell();
      case "leading":
        return this.#follow(word.from, word.term);
      case "leaving":
        if (word.from !== this.#leader) return;
        this.#leader = undefined;
        if (!this.#locks) this.#agree();
        return;
      case "state": {
        if (word.from !== this.#leader) return;
        const answered = this.#questions.get(word.answers ?? "");
        this.keeper.heard(word, answered !== undefined);
        return answered?.(word);
      }
      default:
        this.keeper.heard(word);
    }
  }

  #follow(from: string, term: number): void {
    const isLater = term > this.#term || (term === this.#term && (!this.#leading || from < this.id));
    if (!isLater) {
      if (this.#leading) this.say({ type: "leading", term: this.#term });
      return;
    }
    this.#term = term;
    this.#leader = from;
    this.#leading = false;
    if (this.#release !== undefined) {
      this.#release();
      this.#release = undefined;
      this.#queue();
    }
    this.#wake();
  }

  #wake(): void {
    // What the leader before has not answered is asked anew.
    for (const answered of this.#questions.values()) answered({});
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

/** What comes, or undefined after some milliseconds. */
function within<Value>(milliseconds: number, value: Promise<Value>): Promise<Value | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), milliseconds);
    void value.then((came) => {
      clearTimeout(timer);
      resolve(came);
    });
  });
}
