/** The mailbox: what has come to the profile is opened, verified, kept, and acknowledged afterwards. */

import { BadSignature, CannotOpen, Dm3Error, MalformedData } from "../../protocol/base/index.ts";
import type { Message } from "../../protocol/wire/index.ts";
import { CannotTell, NotFound, Refused } from "../net/answers.ts";
import type { Delivered, Delivery, Reader } from "../net/delivery.ts";
import type { Directory, Recipient } from "../net/directory.ts";
import type { Kept } from "../kept.ts";
import type { Making } from "../making.ts";
import { type Identity, keysOf, type State } from "../state.ts";

/** Pages of one service that are read in one go; a service that never ends costs its turn and nothing else. */
const MOST_PAGES = 40;
/** How far ahead of ours another clock may be, in milliseconds. */
const CLOCKS_DIFFER = 86_400_000;
/** "No profile is registered here": a service that has lost its data. */
const UNKNOWN_PROFILE = 404;

/** A verified message, and with which profile it was verified. */
export interface Arrival {
  readonly message: Message;
  readonly sender: Recipient;
  /** Milliseconds: the delivery service's time where it has postmarked the message. */
  readonly at: number;
  /** Who has handed it in, as the delivery service saw it. */
  readonly carrier: string | undefined;
}

/** Takes an arrival in: gives how the state changes by it. */
export type Take = (arrival: Arrival) => Promise<Step>;
type Step = (state: State) => State;

/** Milliseconds of work after which the browser may paint and take input. */
const SLICE = 12;

export class Mailbox {
  constructor(
    readonly kept: Kept,
    readonly directory: Directory,
    readonly delivery: (service: string) => Delivery,
    readonly register: () => Promise<void>,
    readonly take: Take,
    readonly making: Making,
    readonly now: () => number = Date.now,
  ) {}

  /** Reads all delivery services side by side; waits up to `wait` seconds for something to come. Gives how many came. */
  async read(wait: number, signal?: AbortSignal): Promise<number> {
    const { identity } = this.kept.state;
    if (identity === undefined || identity.stage !== "ready") return 0;
    const services = identity.signed.profile.deliveryServices;
    const each = await Promise.allSettled(services.map((service) => this.#readAt(identity, service, wait, signal)));
    const failed = each.find((result) => result.status === "rejected");
    if (failed !== undefined && each.every(({ status }) => status === "rejected")) throw failed.reason;
    return each.reduce((sum, result) => sum + (result.status === "fulfilled" ? result.value : 0), 0);
  }

  async #readAt(identity: Identity, service: string, wait: number, signal?: AbortSignal): Promise<number> {
    const delivery = this.delivery(service);
    const reader = { name: identity.name, keys: keysOf(identity), reader: identity.reader };
    try {
      return await this.#pages(delivery, reader, service, wait, signal);
    } catch (error) {
      const lost = error instanceof NotFound || (error instanceof Refused && error.status === UNKNOWN_PROFILE);
      if (!lost) throw error;
      await this.register();
      return this.#pages(delivery, reader, service, 0, signal);
    }
  }

  async #pages(delivery: Delivery, reader: Reader, service: string, wait: number, signal?: AbortSignal): Promise<number> {
    const key = (await this.#serviceKey(reader.name, service)) ?? new Uint8Array();
    let cursor = "";
    let taken = 0;
    for (let count = 0; count < MOST_PAGES; count++) {
      const page = await delivery.fetch(reader, cursor, count === 0 ? wait : 0, signal);
      const done: Delivered[] = [];
      const steps: Step[] = [];
      // A page of messages is one change, shown and saved once; saving it takes as long as all that is kept is large.
      const keep = () => {
        const taken = steps.splice(0);
        return this.kept.change((state) => taken.reduce((before, step) => step(before), state));
      };
      let rested = performance.now();
      for (const delivered of page.messages) {
        if (await this.#takeIn(delivered, reader, key, steps, keep)) done.push(delivered);
        // Whoever types meanwhile is not held up. Where nobody looks browsers make each pause a long one.
        if (performance.now() - rested < SLICE || globalThis.document?.hidden) continue;
        await new Promise((resolve) => setTimeout(resolve));
        rested = performance.now();
      }
      if (done.length > 0) {
        await keep(); // what is acknowledged is safe
        await delivery.acknowledge(reader, done);
      }
      taken += done.length;
      if (!page.more || page.cursor === cursor) break;
      cursor = page.cursor;
    }
    return taken;
  }

  async #serviceKey(name: string, service: string): Promise<Uint8Array | undefined> {
    try {
      const own = await this.directory.find(name);
      return own.services.find((known) => known.name === service)?.profile.signingKey;
    } catch {
      return undefined; // without it no postmark can be told from another: times are the senders' own
    }
  }

  /** Whether the envelope is dealt with; one whose sender cannot be told now stays at the service. */
  async #takeIn(delivered: Delivered, reader: Reader, serviceKey: Uint8Array, steps: Step[], keep: () => Promise<void>): Promise<boolean> {
    if (delivered.envelope === undefined) return true;
    try {
      const { message, postmark, stamped } = await this.making.open(delivered.envelope, reader.keys, serviceKey);
      const sender = await this.#verified(message);
      const said = stamped ? postmark!.incomingTimestamp : message.timestamp;
      const at = Math.max(0, Math.min(said, this.now() + CLOCKS_DIFFER));
      const carrier = stamped ? postmark!.information?.from : undefined;
      // What is about linking looks at what came before it, and is safe before anything follows from it.
      if (message.link !== undefined) await keep();
      steps.push(await this.take({ message, sender, at, carrier }));
      if (message.link !== undefined) await keep();
      return true;
    } catch (error) {
      if (error instanceof CannotTell) return false;
      if (error instanceof CannotOpen || error instanceof MalformedData || error instanceof BadSignature) return true;
      if (error instanceof NotFound) return false; // a definite no may still change while messages are kept
      if (error instanceof Dm3Error) return true;
      throw error;
    }
  }

  async #verified(message: Message): Promise<Recipient> {
    const known = await this.directory.find(message.from);
    try {
      await this.making.check(message, known.signed.profile.signingKey);
      return known;
    } catch (error) {
      if (!(error instanceof BadSignature)) throw error;
    }
    const fresh = await this.directory.find(message.from, true);
    await this.making.check(message, fresh.signed.profile.signingKey);
    return fresh;
  }
}
