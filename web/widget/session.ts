/** One visitor's chat: the client with the storage that this browser allows, and what is on the screen. */

import { Dm3Error } from "../protocol/base/index.ts";
import { isEntry } from "../protocol/timeline/index.ts";
import { Client } from "../client/client.ts";
import { foreseen } from "../client/foreseen.ts";
import { CannotTell, reasonOf, Service } from "../client/net/answers.ts";
import type { State } from "../client/state.ts";
import type { Storage } from "../client/storage/index.ts";
import type { Host } from "./host.ts";
import { type FrameSettings, modeOf } from "./settings.ts";
import { filled } from "./strings/index.ts";

/** What is on the screen besides the kept state. */
export interface Screen {
  readonly open: boolean;
  /** The conversation that is shown. */
  readonly peer: string | undefined;
  readonly trouble: "offline" | "away" | undefined;
  /** Gives the sentence about what could not be done: another one once the visitor's language is loaded. */
  readonly error: (() => string) | undefined;
  /** The panel that is open: all about this chat, for linking, or for other devices. */
  readonly panel: "overview" | "linking" | "back" | undefined;
}

export class Session {
  readonly #listeners = new Set<() => void>();
  #stop = new AbortController();
  #known = new Set<string>();
  #main: string | undefined;
  #worded = false;
  screen: Screen;
  /** Why something could not be done, in the visitor's language once that is loaded: `known` by `reasonOf`, else as it was told. */
  reason = (_known?: string, told = ""): string => told;

  private constructor(
    readonly frame: FrameSettings,
    readonly host: Host | undefined,
    readonly client: Client,
    readonly storage: Storage,
    readonly mode: string,
    readonly language: string,
    peer: string | undefined,
  ) {
    this.screen = { open: host === undefined || host.settings.display === "inline", peer, trouble: undefined, error: undefined, panel: undefined };
    this.#known = new Set(client.state.messages.map(({ hash }) => hash));
    this.#main = this.#linkedMain();
    client.kept.listen((state) => this.#changed(state));
  }

  /** Opens what this browser keeps for `page`. */
  static async open(frame: FrameSettings, page: string, host: Host | undefined, language: string): Promise<Session> {
    const gateway = new URL(".", location.href).href.replace(/\/$/, "");
    const { storageFor } = await parts.stored();
    const storage = await storageFor(`${frame.app} ${page}`, new Service(gateway), host);
    const client = await Client.open({ app: frame.app, page, gateway, storage, ...parts });
    const mode = modeOf(frame, host?.settings.mode);
    // A form and a list come before any conversation.
    const peer = mode === "in-app" ? host?.settings.to : mode === "chat" ? frame.to! : undefined;
    return new Session(frame, host, client, storage, mode, language, peer);
  }

  /** Keeps in touch while the page is seen, or has somebody to hear from. */
  start(): void {
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    void this.client.run(signal, (error) => this.#told(error));
    void this.client.runOutbox(signal);
    this.#tellUnread();
    this.#prepare();
    addEventListener("offline", () => this.show({ trouble: "offline" }), { signal });
    addEventListener("online", () => this.#again(), { signal });
  }

  /** Back in the network: what waits is tried now, and not when its pause is over. */
  #again(): void {
    this.stop();
    this.show({ trouble: undefined });
    this.start();
    void this.client.sendNow().catch(foreseen);
  }

  /** Loads what the first message needs, and what is said offline; what cannot be loaded now is asked for again. */
  #prepare(): void {
    if (!this.screen.open) return;
    void this.client.prepare().catch(() => undefined);
    void this.#word().catch(() => undefined);
  }

  async #word(): Promise<void> {
    if (this.#worded) return;
    this.reason = await (await import("./reasons.ts")).reasonsIn(this.language);
    this.#worded = true;
    this.#render();
  }

  stop(): void {
    this.#stop.abort();
  }

  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  show(change: Partial<Screen>): void {
    this.screen = { ...this.screen, ...change };
    if (this.screen.open && this.screen.peer !== undefined) void this.client.read(this.screen.peer).catch(foreseen);
    this.#prepare();
    this.#render();
  }

  /** Does something that may fail for a reason that a person is told; `said` are sentences by the error's code. */
  async attempt(action: () => Promise<unknown>, said: Readonly<Record<string, string>> = {}): Promise<boolean> {
    try {
      await action();
      this.show({ error: undefined });
      return true;
    } catch (error) {
      if (!(error instanceof Dm3Error)) throw error;
      const told = [error.message, error.hint].filter(Boolean).join(". ");
      const sentence = () => filled(said[error.code] ?? "{reason}", { reason: this.reason(reasonOf(error), told) });
      this.show({ error: sentence });
      this.host?.tell({ type: "event", name: "dm3-error", detail: { code: error.code, message: sentence() } });
      return false;
    }
  }

  /** Forgets everything, in this browser, at the host page and at the service. */
  async forget(): Promise<void> {
    this.stop();
    await this.attempt(() => this.client.forget());
    // Every other storage does it when it is forgotten, in the tab that keeps it.
    if (this.storage.mode === "memory") this.host?.tell({ type: "store", ciphertext: null });
    this.#known.clear();
    this.start();
  }

  #changed(state: State): void {
    for (const message of state.messages) {
      if (this.#known.has(message.hash)) continue;
      this.#known.add(message.hash);
      if (message.own || !isEntry(message.type)) continue;
      this.host?.tell({ type: "event", name: "dm3-message", detail: { from: message.peer } });
    }
    if (this.screen.open && !document.hidden && this.screen.peer !== undefined) void this.client.read(this.screen.peer).catch(foreseen);
    this.#tellLinked();
    this.#tellUnread();
    this.#render();
  }

  #tellLinked(): void {
    const main = this.#linkedMain();
    if (main === this.#main) return;
    this.#main = main;
    // The page learns that there is a link, and not to whom.
    this.host?.tell({ type: "event", name: "dm3-linked", detail: { linked: main !== undefined } });
  }

  #linkedMain(): string | undefined {
    const asking = this.client.linked;
    return asking?.state === "linked" ? asking.mainName : undefined;
  }

  #tellUnread(): void {
    const count = this.client.conversations().reduce((sum, { unread }) => sum + unread, 0);
    this.host?.tell({ type: "event", name: "dm3-unread", detail: { count } });
  }

  #told(error: Dm3Error | undefined): void {
    const trouble = error === undefined ? undefined : navigator.onLine ? "away" : "offline";
    if (trouble !== this.screen.trouble) this.show({ trouble });
  }

  #render(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** What is loaded when it is needed. */
const parts = {
  linking: () => loaded(import("./linking.ts")),
  stored: () => loaded(import("./storing.ts")),
  creation: () => loaded(import("./creating.ts")),
  returning: () => loaded(import("./back.ts")),
  seen: () => loaded(import("./seen.ts")),
  otherHash: () => loaded(import("./other_hash.ts")),
  /** The Worker, for messages with files. */
  big: async () => (await loaded(import("./attaching.ts"))).jobs,
};

/** Throws `CannotTell` where a part cannot be loaded now. */
export async function loaded<Part>(part: Promise<Part>): Promise<Part> {
  try {
    return await part;
  } catch {
    throw new CannotTell("a part of the chat cannot be loaded now", "Try again when you are online.");
  }
}
