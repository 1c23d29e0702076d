/**
 * What a service said: yes, a definite no in its own form, or nothing that can be told now (specification 4).
 *
 * Only a definite answer is final. A proxy's page, a redirect, an empty body or one that is no JSON says
 * nothing about what was asked.
 */

import { Dm3Error, type Json, type JsonObject, MalformedData } from "../../protocol/base/index.ts";

/** Nobody can tell now: the network, a proxy or an overloaded service stands between. Try again later. */
export class CannotTell extends Dm3Error {
  override readonly code: string = "cannot-tell";
  override readonly fault = "network";
}

/** There is nothing under that name. */
export class NotFound extends Dm3Error {
  override readonly code: string = "not-found";
}

/** The service refused, in its own form; `reason` is its code. */
export class Refused extends Dm3Error {
  override readonly code = "refused";

  constructor(
    message: string,
    readonly status: number,
    readonly reason: string,
    hint = "",
  ) {
    super(message, hint);
  }
}

/** Which reason an error is, for strings and for what is kept: its code, with the service's own where one has refused. */
export function reasonOf(error: Dm3Error): string {
  return error instanceof Refused ? `refused-${error.reason.replace(/^-/, "")}` : error.code;
}

const NOT_NOW = new Set([408, 425, 429]);

/** What a request is made of, beyond its path. */
export interface Ask {
  readonly method?: "GET" | "POST" | "PUT" | "DELETE";
  readonly body?: string;
  readonly token?: string | undefined;
  /** Milliseconds until it is given up. */
  readonly timeout?: number;
  readonly signal?: AbortSignal | undefined;
}

export type Fetch = typeof globalThis.fetch;

/** Asks one service below `base`, with time-outs, and classifies its answers in one place. */
export class Service {
  constructor(
    readonly base: string,
    readonly fetch: Fetch = globalThis.fetch.bind(globalThis),
    readonly patience = 20_000,
  ) {}

  /** A service further down the path. */
  below(path: string): Service {
    return new Service(`${this.base}/${path}`, this.fetch, this.patience);
  }

  /** The JSON answer; undefined for 204. Throws `CannotTell`, `NotFound` or `Refused`. */
  async ask(path: string, ask: Ask = {}): Promise<Json | undefined> {
    const { status, text } = await this.#answer(path, ask);
    if (status === 204) return undefined;
    const value = json(text);
    if (status >= 200 && status < 300) {
      if (value === undefined) throw new CannotTell("the service answered with something that is not JSON");
      return value;
    }
    throw refusal(status, value);
  }

  async #answer(path: string, ask: Ask): Promise<{ status: number; text: string }> {
    const patience = AbortSignal.timeout(ask.timeout ?? this.patience);
    const signal = ask.signal === undefined ? patience : AbortSignal.any([patience, ask.signal]);
    try {
      const response = await this.fetch(`${this.base}/${path}`, {
        method: ask.method ?? "GET",
        credentials: "same-origin",
        redirect: "error",
        referrerPolicy: "no-referrer",
        cache: "no-store",
        signal,
        ...(ask.body === undefined ? {} : { body: ask.body }),
        headers: {
          ...(ask.body === undefined ? {} : { "content-type": "application/json" }),
          ...(ask.token === undefined ? {} : { authorization: `Bearer ${ask.token}` }),
        },
      });
      return { status: response.status, text: await response.text() };
    } catch (error) {
      if (ask.signal?.aborted) throw ask.signal.reason;
      // Each browser has words of its own for this, which nobody who reads them could use.
      const late = (error as Error).name === "TimeoutError";
      throw new CannotTell(late ? "the service does not answer" : "the service cannot be reached");
    }
  }
}

function json(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** A definite no is one in the service's own form: an object with a sentence and a code. */
function refusal(status: number, value: Json | undefined): Dm3Error {
  const body = typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
  const { error, code, hint } = body;
  if (typeof error !== "string" || typeof code !== "string" || status >= 500 || NOT_NOW.has(status)) {
    const said = typeof error === "string" ? `: ${error}` : "";
    return new CannotTell(`the service cannot answer now (${status})${said}`);
  }
  if (status === 404 && code === "not-found") return new NotFound(error, text(hint));
  return new Refused(error, status, code, text(hint));
}

function text(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

/** Runs `read` on an answer; what is not well-formed says nothing either. */
export function read<Value>(what: string, action: () => Value): Value {
  try {
    return action();
  } catch (error) {
    if (error instanceof MalformedData) throw new CannotTell(`${what}: ${error.message}`);
    throw error;
  }
}
