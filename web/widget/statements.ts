/** A board as its reader has it: only what was verified, in the feed's order, and how one's own statements stand. */

import { BadSignature, Dm3Error, loadNameTables, Members, NameTablesNeeded } from "../protocol/base/index.ts";
import { composeStatement, readItem, type VerifiedStatement, verifyStatement } from "../protocol/board.ts";
import type { Client } from "../client/client.ts";
import { CannotTell, NotFound } from "../client/net/answers.ts";
import { withOwn } from "../client/parts/conversations.ts";
import { enqueued } from "../client/parts/outbox.ts";
import { keysOf } from "../client/state.ts";
import { toHex } from "../protocol/base/index.ts";

const WAIT_SECONDS = 25;
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 30_000;
/** What a browser keeps of a board. */
const MOST = 2_000;

/** The longest text where a board does not say it. */
const USUAL_CHARS = 1_000;
const STATES = ["waiting", "published", "gone", "refused"] as const;

/** How a statement stands; of a refused one why, as the board says it. */
export interface Standing {
  readonly state: (typeof STATES)[number] | "unknown";
  readonly refused?: string | undefined;
}

export class Statements {
  readonly #shown = new Map<string, VerifiedStatement>();
  #refused = new Set<string>();
  #next: number | undefined;
  before: number | undefined;
  /** The longest text that the board takes, in characters. */
  chars = USUAL_CHARS;
  trouble = false;
  loaded = false;

  constructor(
    readonly client: Client,
    readonly board: string,
    readonly told: () => void,
  ) {}

  /** What is verified, oldest first. */
  get all(): VerifiedStatement[] {
    return [...this.#shown.values()].sort((one, other) => one.receivedAt - other.receivedAt);
  }

  /** How many entries the board showed that are not what they say. */
  get unverified(): number {
    return this.#refused.size;
  }

  /** Follows the board until `signal`. */
  async follow(signal: AbortSignal): Promise<void> {
    let pause = FIRST_PAUSE;
    while (!signal.aborted) {
      try {
        await this.#page(this.#next === undefined ? "" : `?after=${this.#next}&wait=${WAIT_SECONDS}`, signal, true);
        pause = FIRST_PAUSE;
        this.trouble = false;
        this.loaded = true;
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof Dm3Error)) throw error;
        this.trouble = true;
        this.told();
        await new Promise((resolve) => setTimeout(resolve, pause));
        pause = Math.min(2 * pause, LONGEST_PAUSE);
        continue;
      }
      this.told();
    }
  }

  /** Loads the page before the oldest. */
  async older(): Promise<void> {
    if (this.before === undefined || this.#shown.size >= MOST) return;
    await this.#page(`?before=${this.before}`, undefined, false);
    this.told();
  }

  /** How a statement of one's own stands, as the board says. */
  async standing(hash: string): Promise<Standing> {
    try {
      const answer = await this.client.gateway.ask(`board/${this.#path}/statements/${hash}`);
      const told = new Members(answer ?? null, "the board's answer");
      const state = told.text("state", 20);
      return { state: STATES.find((known) => known === state) ?? "unknown", refused: told.optionalText("refused", 40) };
    } catch (error) {
      if (error instanceof NotFound) return { state: "unknown" };
      throw error;
    }
  }

  /** Writes a public statement; resolves once it is kept here, before it is on its way. */
  async write(text: string): Promise<string> {
    const { client, board } = this;
    const identity = client.profile?.stage === "ready" ? client.profile : await client.createLsp();
    const now = Date.now();
    const message = composeStatement(board, identity.name, text, now, keysOf(identity));
    await client.kept.change((state) => {
      const shown = withOwn(state, message, now);
      if (shown === state) return state;
      const outgoing = { to: board, from: identity.name, text: message.text, hash: message.hash, receiverHash: undefined };
      return enqueued(shown, outgoing, now, toHex(crypto.getRandomValues(new Uint8Array(12))));
    });
    void client.sendNow();
    return message.hash;
  }

  get #path(): string {
    return encodeURIComponent(this.board);
  }

  async #page(query: string, signal: AbortSignal | undefined, newest: boolean): Promise<void> {
    const ask = { timeout: (WAIT_SECONDS + 20) * 1000, signal };
    const page = new Members((await this.client.gateway.ask(`board/${this.#path}${query}`, ask)) ?? null, "the board's answer");
    const next = page.whole("next");
    this.chars = page.optionalWhole("chars") ?? USUAL_CHARS;
    // One after the other, in the feed's order: what is said later of a statement counts.
    for (const item of page.items("items").slice(0, 100)) await this.#take(item);
    if (newest && this.#next === undefined) this.before = page.optionalWhole("before");
    if (!newest) this.before = page.optionalWhole("before");
    if (newest) this.#next = next;
    while (this.#shown.size > MOST) this.#shown.delete(this.#shown.keys().next().value!);
  }

  /** Takes an entry in once it is verified: what is not is counted, and never shown. */
  async #take(value: Parameters<typeof readItem>[0]): Promise<void> {
    try {
      const item = await withNames(() => readItem(value));
      if ("gone" in item) {
        this.#shown.delete(item.hash);
        return;
      }
      const statement = await withNames(async () => {
        try {
          return verifyStatement(item, this.board);
        } catch (error) {
          // Another name than an address name: its owner is looked up, and the profile held to that account.
          if (!(error instanceof BadSignature) || item.message.from.includes(".addr.")) throw error;
          const { owner } = await this.client.directory.find(item.message.from);
          return verifyStatement(item, this.board, owner);
        }
      });
      this.#shown.set(statement.hash, statement);
    } catch (error) {
      if (!(error instanceof Dm3Error)) throw error;
      if (error instanceof CannotTell) throw error;
      this.#refused.add(JSON.stringify(value).slice(0, 200));
    }
  }
}

/** Does something with names, with their tables where one of them needs these. */
async function withNames<Result>(action: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof NameTablesNeeded)) throw error;
    await loadNameTables();
    return action();
  }
}
