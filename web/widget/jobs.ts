/** What the frame and its Worker say to each other, and the frame's side of it. */

import type { Addressed, Making, Opened } from "../client/making.ts";
import { CannotTell } from "../client/net/answers.ts";
import { BadSignature, CannotOpen, InvalidInput, MalformedData, RemoteProtocolError, TooLarge } from "../protocol/base/index.ts";
import type { ProfileKeys } from "../protocol/crypto/index.ts";
import type { Draft, Envelope, Message } from "../protocol/wire/index.ts";

/** The Worker's file beside this one: the build puts its name in. */
declare const WORKER_FILE: string;

/** A file that was read. */
export interface Read {
  readonly data: string;
}

export type Job =
  | { readonly type: "read"; readonly file: File }
  | { readonly type: "compose"; readonly draft: Draft; readonly seed: Uint8Array }
  | { readonly type: "envelop"; readonly text: string; readonly addressed: Addressed; readonly seed: Uint8Array }
  | { readonly type: "open"; readonly envelope: Envelope; readonly seed: Uint8Array; readonly serviceKey: Uint8Array }
  | { readonly type: "check"; readonly message: Message; readonly signingKey: Uint8Array };

export type Answer =
  | { readonly done: unknown }
  | { readonly failed: Failed };

/** What went wrong; no code where it is no error of ours. */
interface Failed {
  readonly code: string | undefined;
  readonly message: string;
  readonly hint?: string | undefined;
}

const ERRORS = [BadSignature, CannotOpen, InvalidInput, MalformedData, RemoteProtocolError, TooLarge];

/** The Worker, started once. */
export class Jobs implements Making {
  readonly #waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  #worker: Worker | undefined;
  #count = 0;

  read(file: File): Promise<Read> {
    return this.#ask({ type: "read", file });
  }

  compose(draft: Draft, { seed }: ProfileKeys): Promise<Message> {
    return this.#ask({ type: "compose", draft, seed: seed.reveal() });
  }

  envelop(text: string, addressed: Addressed, { seed }: ProfileKeys): Promise<string> {
    return this.#ask({ type: "envelop", text, addressed, seed: seed.reveal() });
  }

  open(envelope: Envelope, { seed }: ProfileKeys, serviceKey: Uint8Array): Promise<Opened> {
    return this.#ask({ type: "open", envelope, seed: seed.reveal(), serviceKey });
  }

  check(message: Message, signingKey: Uint8Array): Promise<void> {
    return this.#ask({ type: "check", message, signingKey });
  }

  #ask<Value>(job: Job): Promise<Value> {
    this.#worker ??= this.#started();
    const id = ++this.#count;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker!.postMessage({ id, job });
    });
  }

  #started(): Worker {
    const worker = new Worker(trusted(new URL(WORKER_FILE, import.meta.url).href), { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<{ id: number } & Answer>) => {
      const waiting = this.#waiting.get(data.id);
      this.#waiting.delete(data.id);
      if ("done" in data) waiting?.resolve(data.done as never);
      else waiting?.reject(raised(data.failed));
    };
    // It could not be loaded: whoever waits is told, and the next job starts it anew.
    worker.onerror = () => {
      worker.terminate();
      this.#worker = undefined;
      for (const { reject } of this.#waiting.values()) reject(new StoppedWorker("the browser has stopped working on it"));
      this.#waiting.clear();
    };
    return worker;
  }
}

/** The Worker has stopped, or could not be loaded: nothing is said of the message, and it may be tried again. */
class StoppedWorker extends CannotTell {}

function raised({ code, message, hint }: Failed): Error {
  if (code === undefined) return new StoppedWorker(`the browser cannot work on this now: ${message}`);
  const made = ERRORS.map((Kind) => new Kind(message, hint));
  return made.find((error) => error.code === code) ?? new RemoteProtocolError(message, hint);
}

/** The policy of the frame lets no text become a script's address unlooked at; this one is of our own making. */
function trusted(address: string): string {
  const { trustedTypes } = globalThis as unknown as {
    trustedTypes?: { createPolicy(name: string, rules: object): { createScriptURL(text: string): string } };
  };
  policy ??= trustedTypes?.createPolicy("dm3-worker", { createScriptURL: (text: string) => text });
  return policy?.createScriptURL(address) ?? address;
}

let policy: { createScriptURL(text: string): string } | undefined;

/** The frame's Worker. */
export const jobs = new Jobs();
