/** The outbox: a message is first kept, then sent, and tried again until a delivery service of its receiver has it. */

import { BadSignature, Dm3Error, MalformedData, UnsupportedByPeer, WrongState } from "../../protocol/base/index.ts";
import { supports } from "../../protocol/wire/index.ts";
import { groupedBy } from "../grouping.ts";
import { reasonOf, type Service } from "../net/answers.ts";
import { type Delivery, extensionOf, part, rpc } from "../net/delivery.ts";
import type { Directory, Recipient } from "../net/directory.ts";
import type { Kept } from "../kept.ts";
import type { Making } from "../making.ts";
import { isFinal, wantsOtherForm } from "./finality.ts";
import { type Identity, keysOf, type OutboxEntry, type State } from "../state.ts";

const FIRST_PAUSE = 2_000;
const LONGEST_PAUSE = 60_000;
const GIVEN_UP_AFTER = 14 * 86_400_000;

/** What an entry is made of. */
export type Outgoing = Pick<OutboxEntry, "to" | "from" | "text" | "hash" | "receiverHash">;

/** The next state, in which a message waits to be sent: for the same change in which it is kept. */
export function enqueued(state: State, outgoing: Outgoing, now: number, id: string): State {
  const entry = { ...outgoing, id, createdAt: now, nextAt: now, attempts: 0, failed: false };
  return { ...state, outbox: [...state.outbox, entry] };
}

export class Outbox {
  readonly #working = new Set<string>();

  constructor(
    readonly kept: Kept,
    readonly directory: Directory,
    readonly gateway: Service,
    readonly delivery: (service: string) => Delivery,
    readonly making: Making,
    readonly other: () => Promise<typeof import("./other_hash.ts")>,
    readonly now: () => number = Date.now,
  ) {}

  /** Tries what is due, receivers side by side: one that hangs holds up nobody else. */
  async dispatch(all = false): Promise<void> {
    const due = this.kept.state.outbox.filter(
      (entry) => !entry.failed && (all || entry.nextAt <= this.now()) && !this.#working.has(entry.id),
    );
    const receivers = groupedBy(due, (entry) => entry.to);
    await Promise.all([...receivers.values()].map((entries) => this.#inTurn(entries)));
  }

  /** When the next entry is due, in milliseconds; undefined where nothing waits. */
  nextAt(): number | undefined {
    const times = this.kept.state.outbox.filter(({ failed }) => !failed).map(({ nextAt }) => nextAt);
    return times.length > 0 ? Math.min(...times) : undefined;
  }

  /** Has a message tried again, now and with all patience, also one that was given up. */
  async retry(hash: string): Promise<void> {
    const now = this.now();
    for (const { id } of this.kept.state.outbox.filter((entry) => entry.hash === hash)) {
      await this.#change(id, (entry) => ({ ...entry, failed: false, attempts: 0, createdAt: now, nextAt: now }));
    }
  }

  async #inTurn(entries: readonly OutboxEntry[]): Promise<void> {
    for (const entry of entries) {
      this.#working.add(entry.id);
      try {
        await this.#attempt(entry);
      } finally {
        this.#working.delete(entry.id);
      }
    }
  }

  async #attempt(entry: OutboxEntry): Promise<void> {
    try {
      await this.#deliver(entry);
    } catch (error) {
      if (!(error instanceof Dm3Error)) throw error;
      const attempts = entry.attempts + 1;
      const nextAt = this.now() + Math.min(FIRST_PAUSE * 2 ** (attempts - 1), LONGEST_PAUSE);
      const failed = isFinal(error, this.now() - entry.createdAt) || this.now() - entry.createdAt > GIVEN_UP_AFTER;
      await this.#change(entry.id, (known) => ({ ...known, attempts, nextAt, failed, problem: error.message, reason: reasonOf(error) }));
      return;
    }
    await this.kept.change((state) => ({
      ...state,
      outbox: state.outbox.filter(({ id }) => id !== entry.id),
      messages: state.messages.map((message) =>
        message.hash === entry.hash && message.peer === entry.to
          ? { ...message, sending: "sent", problem: undefined }
          : message,
      ),
    }));
  }

  /** Changes an entry, and what its message shows; a copy of the message is nobody's business on the screen. */
  async #change(id: string, step: (entry: OutboxEntry) => OutboxEntry): Promise<void> {
    await this.kept.change((state) => {
      const outbox = state.outbox.map((entry) => (entry.id === id ? step(entry) : entry));
      const changed = outbox.find((entry) => entry.id === id);
      if (changed === undefined) return state;
      const sending = changed.failed ? ("failed" as const) : ("waiting" as const);
      const messages = state.messages.map((message) =>
        message.hash === changed.hash && message.peer === changed.to
          ? { ...message, sending, problem: changed.problem }
          : message,
      );
      return { ...state, outbox, messages };
    });
  }

  /** Submits to the receiver's delivery services in their order, until one has taken it. */
  async #deliver(entry: OutboxEntry): Promise<void> {
    const recipient = await this.directory.find(entry.to, entry.attempts > 0);
    if (entry.receiverHash !== undefined && recipient.signed.hash !== entry.receiverHash) {
      throw new BadSignature(`${entry.to} has another profile than the one that this is meant for`);
    }
    if (recipient.services.length === 0) throw new MalformedData(`${entry.to} names no delivery service`);
    const failures: Dm3Error[] = [];
    for (const service of recipient.services) {
      try {
        await this.#submit(entry, recipient, service);
        return;
      } catch (error) {
        if (!(error instanceof Dm3Error)) throw error;
        failures.push(error);
      }
    }
    // One that may yet take it decides over others that never will.
    throw failures.find((error) => !isFinal(error, this.now() - entry.createdAt)) ?? failures[0]!;
  }

  async #submit(entry: OutboxEntry, recipient: Recipient, service: Recipient["services"][number]): Promise<void> {
    const { identity } = this.kept.state;
    if (identity === undefined) throw new WrongState("there is no profile yet");
    const addressed = {
      receiverKey: recipient.signed.profile.encryptionKey,
      serviceKey: service.profile.encryptionKey,
      information: { to: entry.to, from: entry.from },
    };
    const envelope = await this.making.envelop(entry.text, addressed, keysOf(identity));
    const own = identity.signed.profile.deliveryServices.includes(service.name);
    if (own) {
      const delivery = this.gateway.below(`ds/${part(service.name)}`);
      const extension = await extensionOf(delivery, entry.to);
      const type = typeOf(entry.text);
      if (extension !== undefined && supports(extension, type) === false) {
        throw new UnsupportedByPeer(`${entry.to} does not take messages of type ${type}`);
      }
      await rpc(delivery, "dm3_submitMessage", [envelope]);
      return;
    }
    const from = JSON.stringify(identity.name);
    const handIn = async (form: string) => {
      const body = `{"envelope":${form},"from":${from},"service":${JSON.stringify(service.name)},"to":${JSON.stringify(entry.to)}}`;
      await this.gateway.ask("send", { method: "POST", body, token: await this.#token(identity) });
    };
    await handIn(envelope).catch(async (error) => {
      if (!wantsOtherForm(error)) throw error;
      await handIn((await this.other()).withOtherHash(envelope, keysOf(identity)));
    });
  }

  /** A token of the application's service, by which the gateway knows a profile of the application. */
  async #token(identity: Identity): Promise<string> {
    const { name, reader, signed } = identity;
    const [service] = signed.profile.deliveryServices;
    if (service === undefined) throw new WrongState("the profile has no delivery service");
    return this.delivery(service).token({ name, reader, keys: keysOf(identity) });
  }
}

/** The type of a message of our own, which was read when it was made. */
function typeOf(text: string): string {
  return (JSON.parse(text) as { metadata: { type: string } }).metadata.type;
}
