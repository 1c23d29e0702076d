/** The mailbox: what has come to the profile is opened, verified, kept, and acknowledged afterwards. */

import { BadSignature, Dm3Error } from "../../protocol/base/index.ts";
import type { Message } from "../../protocol/wire/index.ts";
import { CannotTell, NotFound, Refused } from "../net/answers.ts";
import type { Delivered, Delivery, Reader } from "../net/delivery.ts";
import type { Directory, Recipient } from "../net/directory.ts";
import type { Kept } from "../kept.ts";
import type { Making } from "../making.ts";
import { type Identity, keysOf, type State } from "../state.ts";

/** Pages of one service that are read in one go; a service that never ends costs its turn and nothing else. */
const MOST_PAGES = 40;
/** Milliseconds after which what was left at a service is looked at again. */
const AGAIN = 10_000;
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

/** A message of which nobody has said yet whose it is. */
export type Unverified = Omit<Arrival, "sender">;

/** Takes an arrival in: gives how the state changes by it. */
export type Take = (arrival: Arrival) => Promise<Step>;
type Step = (state: State) => State;

/** Milliseconds of work after which the browser may paint and take input. */
const SLICE = 12;

export class Mailbox {
  /** Up to where a profile has read services that still hold what cannot be told now, and when it is looked at again. */
  readonly #left = new Map<string, { cursor: string; at: number }>();

  constructor(
    readonly kept: Kept,
    readonly directory: Directory,
    readonly delivery: (service: string) => Delivery,
    readonly register: () => Promise<void>,
    readonly take: Take,
    readonly making: Making,
    /** Keeps a message apart where earlier keys of its sender have signed it; says whether. */
    readonly apart: (message: Unverified, error: Dm3Error) => Promise<boolean>,
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
    const place = `${reader.reader} ${service}`; // of this profile alone: another may follow in this browser
    const left = this.#left.get(place);
    const now = this.now();
    const until = wait > 0 && left !== undefined && left.at > now ? left.at : 0;
    // What stays at the service would end each wait at once: it is waited for what comes after it.
    let cursor = until > 0 ? left!.cursor : "";
    let stays = until > 0;
    let taken = 0;
    for (let count = 0; count < MOST_PAGES; count++) {
      const patience = until > 0 ? Math.min(wait, Math.ceil((until - now) / 1000)) : wait;
      const page = await delivery.fetch(reader, cursor, count === 0 ? patience : 0, signal);
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
      stays ||= done.length < page.messages.length;
      const ends = !page.more || page.cursor === cursor;
      cursor = page.cursor;
      if (ends) break;
    }
    if (stays) this.#left.set(place, { cursor, at: until || this.now() + AGAIN });
    else this.#left.delete(place);
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
    let opened: Unverified | undefined;
    try {
      const { message, postmark, stamped } = await this.making.open(delivered.envelope, reader.keys, serviceKey);
      const said = stamped ? postmark!.incomingTimestamp : message.timestamp;
      const at = Math.max(0, Math.min(said, this.now() + CLOCKS_DIFFER));
      opened = { message, at, carrier: stamped ? postmark!.information?.from : undefined };
      // What is about linking looks at what came before it, and is safe before anything follows from it.
      if (message.link !== undefined) await keep();
      steps.push(await this.taken(opened));
      if (message.link !== undefined) await keep();
      return true;
    } catch (error) {
      if (!(error instanceof Dm3Error)) throw error;
      if (opened !== undefined && (await this.apart(opened, error))) return true;
      return !(error instanceof CannotTell);
    }
  }

  /** Verifies a message; gives how the state changes by it. Throws what `Directory.find` throws, and `BadSignature`. */
  async taken(opened: Unverified): Promise<Step> {
    return this.take({ ...opened, sender: await this.#verified(opened.message) });
  }

  async #verified(message: Message): Promise<Recipient> {
    const known = await this.#sender(message.from);
    try {
      await this.making.check(message, known.signed.profile.signingKey);
      return known;
    } catch (error) {
      if (!(error instanceof BadSignature)) throw error;
    }
    const fresh = await this.#sender(message.from, true);
    await this.making.check(message, fresh.signed.profile.signingKey);
    return fresh;
  }

  /** What is said of a sender, junk or a definite no, is not the message's fault, and may change while it is kept. */
  async #sender(name: string, fresh?: boolean): Promise<Recipient> {
    try {
      return await this.directory.find(name, fresh);
    } catch (error) {
      throw error instanceof Dm3Error && !(error instanceof CannotTell) ? new CannotTell(error.message) : error;
    }
  }
}
