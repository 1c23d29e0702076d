/**
 * A dm3 client for one application, without any user interface: make a profile, write, read, link, recover.
 * All goes through the gateway of the application (specification 5.7); names, keys and signatures are verified here.
 */

import { type Dm3Error, normalized, toHex } from "../protocol/base/index.ts";
import type { Entropy, HostSignature, RandomBytes, Wallet } from "../protocol/crypto/index.ts";
import type { Asking } from "../protocol/linking/index.ts";
import type { Entry, Timeline } from "../protocol/timeline/index.ts";
import type { Draft } from "../protocol/wire/index.ts";
import { type Content, NotAnswered, requireSendable } from "./content.ts";
import { foreseen } from "./foreseen.ts";
import { Kept } from "./kept.ts";
import { makingBySize, makingHere, type Making } from "./making.ts";
import { Service } from "./net/answers.ts";
import { Delivery, part } from "./net/delivery.ts";
import { Directory } from "./net/directory.ts";
import type { Resolver } from "./net/resolver.ts";
import { asRead, type Conversation, conversations, timelineWith, waitingFor, withArrival, withOwn } from "./parts/conversations.ts";
import type { Activation } from "./parts/creation.ts";
import type { Linking, LinkRequest } from "./parts/linking.ts";
import { type Arrival, Mailbox } from "./parts/mailbox.ts";
import type { RecoveryRequest } from "./parts/recovering.ts";
import type { Returning } from "./parts/returning.ts";
import { enqueued, Outbox } from "./parts/outbox.ts";
import { type Unsent, unsentTo, withUnsent } from "./parts/unsent.ts";
import type { ClientOptions } from "./options.ts";
import { rest } from "./rest.ts";
import { type Identity, keysOf, type OutboxEntry, type State } from "./state.ts";
import { MemoryStorage } from "./storage/index.ts";

const LONG_POLL_SECONDS = 25;
const [FIRST_PAUSE, LONGEST_PAUSE] = [1_000, 60_000];

export class Client {
  readonly directory: Directory;
  /** The widget host's address of the application. */
  readonly gateway: Service;
  readonly mailbox: Mailbox;
  readonly #deliveries = new Map<string, Delivery>();
  readonly #outbox: Outbox;
  readonly #making: Making;
  readonly #random: RandomBytes;
  readonly #now: () => number;
  readonly #parts: ClientOptions;
  #creating: Promise<Identity> | undefined;

  private constructor(readonly app: string, readonly page: string, readonly kept: Kept, options: ClientOptions) {
    this.#now = options.now ?? Date.now;
    this.#parts = options;
    this.#random = options.random ?? ((length) => crypto.getRandomValues(new Uint8Array(length)));
    this.gateway = new Service(options.gateway.replace(/\/+$/, ""), options.fetch);
    this.directory = new Directory(this.gateway, this.#now);
    this.directory.guard = async (found) => (await options.seen()).requireInForce(kept, found, this.#now());
    const delivery = (service: string) => this.#delivery(service);
    const register = async () => (await this.#activation()).register();
    const here = makingHere(this.#random);
    this.#making = options.big === undefined ? here : makingBySize(here, options.big);
    const take = (arrival: Arrival) => this.#take(arrival);
    const apart: Mailbox["apart"] = async (message, error) => (await options.seen()).keepApart(kept, message, error);
    this.mailbox = new Mailbox(kept, this.directory, delivery, register, take, this.#making, apart, this.#now);
    this.#outbox = new Outbox(kept, this.directory, this.gateway, delivery, this.#making, options.otherHash, this.#now);
  }

  /** A client with what its storage holds. */
  static async open(options: ClientOptions): Promise<Client> {
    const storage = options.storage ?? new MemoryStorage();
    const kept = storage.mode === "memory" ? new Kept(storage) : await (await options.stored()).stored(storage);
    return new Client(await normalized(options.app), new URL(options.page).origin, kept, options);
  }

  get state(): State {
    return this.kept.state;
  }

  /** The profile, or undefined before the first message. */
  get profile(): Identity | undefined {
    return this.kept.state.identity;
  }

  /** Loads what the first message needs, so that it is here when somebody writes. */
  async prepare(): Promise<void> {
    if (this.profile?.stage !== "ready") await this.#parts.creation();
  }

  /** Makes the visitor's profile: with the wallet by signing, else embedded. Called again it goes on with the first. */
  createLsp(by: { wallet?: Wallet; login?: HostSignature; entropy?: Entropy } = {}): Promise<Identity> {
    this.#creating ??= this.#create(by).finally(() => {
      this.#creating = undefined;
    });
    return this.#creating;
  }

  async #create(by: { wallet?: Wallet; login?: HostSignature; entropy?: Entropy }): Promise<Identity> {
    if (this.profile === undefined) {
      const services = await (await this.#resolver()).deliveryServices(this.app);
      const application = { name: this.app, page: this.page, services };
      const { keysEmbedded } = await this.#parts.creation();
      const made =
        by.wallet === undefined
          ? keysEmbedded(application, by.login?.owner, this.#random, by.entropy)
          : await (await this.#parts.linking()).keysBySigning(application, by.wallet, this.#random);
      await (await this.#activation()).begin(made);
    }
    if (this.profile!.stage === "ready") return this.profile!;
    const alias = by.login && (() => this.authorizeAlias(by.login!));
    return (await this.#activation()).complete(alias);
  }

  /** Ties the profile to the owner in public, with the host's login; the profile must be there. */
  async authorizeAlias(login: HostSignature): Promise<void> {
    await (await this.#parts.linking()).claimAlias(this.kept, await this.#resolver(), login);
  }

  /**
   * Writes to `to`; resolves with the message's hash once it is kept here, before it is on its way.
   *
   * Where there is no profile yet one is made first. Throws `InvalidInput` for an empty or too long text.
   */
  async send(to: string, content: Content): Promise<string> {
    const peer = await normalized(to);
    if (this.state.parts["recovery"] !== undefined) throw new NotAnswered("your messenger has not answered yet");
    const type = content.type ?? (content.reference === undefined ? "NEW" : "REPLY");
    requireSendable(content, type, this.kept.state.messages);
    const identity = this.profile?.stage === "ready" ? this.profile : await this.createLsp();
    const now = this.#now();
    const draft: Draft = {
      to: peer, from: identity.name, timestamp: now, type,
      content: content.text ?? (type === "NEW" ? "" : undefined), attachments: content.attachments, reference: content.reference,
    };
    const message = await this.#making.compose(draft, keysOf(identity));
    const copied = this.linked === undefined ? undefined : (await this.#parts.linking()).withCopy;
    await this.kept.change((state) => {
      const outgoing = { to: peer, from: identity.name, text: message.text, hash: message.hash, receiverHash: undefined };
      const shown = withOwn(state, message, now);
      if (shown === state) return state;
      const next = enqueued(shown, outgoing, now, toHex(this.#random(12)));
      return copied === undefined ? next : copied(next, message, now, this.#random);
    });
    void this.#dispatch().catch(foreseen);
    return message.hash;
  }

  /** Has a message tried again that could not be sent. */
  async retry(hash: string): Promise<void> {
    await this.#outbox.retry(hash);
    void this.#dispatch().catch(foreseen);
  }

  /** Tries everything that waits, also what is not due yet. */
  sendNow(): Promise<void> {
    return this.#dispatch(true);
  }

  /** Asks the visitor's own messenger to take the profile in; see `LinkRequest`. */
  async link(request: LinkRequest): Promise<void> {
    await (await this.#linking()).request(request);
    void this.#dispatch().catch(foreseen);
  }

  /** Ends the link, or takes the request back. */
  async endLink(): Promise<void> {
    await (await this.#linking()).end();
    void this.#dispatch().catch(foreseen);
  }

  /** Asks the visitor's own messenger for the keys of a profile that is linked there; see `RecoveryRequest`. */
  async recover(request: RecoveryRequest): Promise<void> {
    await (await this.returning()).recover(request);
  }

  /** Sealed copies for other devices, and the ways to get a profile back. */
  async returning(): Promise<Returning> {
    return new (await this.#parts.returning()).Returning(this);
  }

  /** Where linking stands; undefined when nobody was asked. */
  get linked(): Asking | undefined {
    return (this.state.parts["link"] as { asking: Asking } | undefined)?.asking;
  }

  /** The conversations, the latest first. */
  conversations(): Conversation[] {
    return conversations(this.kept.state);
  }

  /** The conversation with `peer` as it is shown. */
  messages(peer: string): Timeline {
    return timelineWith(this.kept.state, peer);
  }

  /** Marks everything of `peer` as read. */
  async read(peer: string): Promise<void> {
    await this.kept.change((state) => asRead(state, peer));
  }

  /** What is being written to `peer`, and was not sent yet. */
  unsent(peer: string): Unsent {
    return unsentTo(this.kept.state, peer);
  }

  /** Keeps a change of what is being written to `peer`. */
  async keepUnsent(peer: string, change: Partial<Unsent>): Promise<void> {
    await this.kept.change((state) => withUnsent(state, peer, change));
  }

  /** The outbox's entries that concern a message: itself, its edit, a reaction to it, its deletion. */
  waitingFor(entry: Pick<Entry, "hash" | "latest">): OutboxEntry[] {
    return waitingFor(this.kept.state, entry);
  }

  /** Picks up what is new and sends what waits, once; waits up to `wait` seconds for something to come. */
  async sync(wait = 0, signal?: AbortSignal): Promise<number> {
    await this.#resume();
    const [came] = await Promise.all([this.mailbox.read(wait, signal), this.#dispatch()]);
    if (this.linked !== undefined) await (await this.#linking()).afterwards();
    return came;
  }

  /** Keeps in touch until `signal`: waits at the service, tries again with pauses. Errors go to `told`. */
  async run(signal: AbortSignal, told: (error: Dm3Error | undefined) => void = () => {}): Promise<void> {
    let pause = FIRST_PAUSE;
    while (!signal.aborted) {
      try {
        await this.kept.led(signal);
        if (this.profile === undefined) await this.kept.changed(signal);
        else await this.sync(LONG_POLL_SECONDS, signal);
        pause = FIRST_PAUSE;
        told(undefined);
      } catch (error) {
        if (signal.aborted) return;
        told(foreseen(error));
        await rest(pause, signal);
        pause = Math.min(2 * pause, LONGEST_PAUSE);
      }
    }
  }

  /** Sends what waits, as soon as it is due, until `signal`. */
  async runOutbox(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.kept.led(signal);
      const next = this.#outbox.nextAt();
      const changed = this.kept.changed(signal);
      if (next === undefined) await changed;
      else await Promise.race([changed, rest(Math.max(250, Math.min(next - this.#now(), LONGEST_PAUSE)), signal)]);
      if (!signal.aborted) void this.#dispatch().catch(foreseen);
    }
  }

  /** Sends what is due, if this is the tab that does. */
  async #dispatch(all?: boolean): Promise<void> {
    if (this.kept.leading) await this.#outbox.dispatch(all);
  }

  /** Forgets the profile and everything with it, here and in every half of the storage. */
  async forget(): Promise<void> {
    await this.kept.forget();
    this.#deliveries.clear();
  }

  async #resume(): Promise<void> {
    const stage = this.profile?.stage;
    if (stage !== undefined && stage !== "ready") await this.createLsp();
  }

  async #take(arrival: Arrival): Promise<(state: State) => State> {
    if (arrival.message.link !== undefined) {
      if (this.state.parts["recovery"] !== undefined) return (await this.returning()).taken(arrival);
      return (await this.#linking()).taken(arrival);
    }
    return (state) => {
      const { identity } = state;
      return identity === undefined ? state : withArrival(state, arrival, [identity.name, ...identity.aliases]);
    };
  }

  async #activation(): Promise<Activation> {
    return new (await this.#parts.creation()).Activation(this.kept, await this.#resolver(), (service) => this.#delivery(service));
  }

  async #resolver(): Promise<Resolver> {
    return new (await this.#parts.creation()).Resolver(this.gateway.below("resolver"));
  }

  async #linking(): Promise<Linking> {
    return new (await this.#parts.linking()).Linking(this.kept, this.directory, await this.#resolver(), this.#random, this.#now);
  }

  #delivery(service: string): Delivery {
    let delivery = this.#deliveries.get(service);
    if (delivery === undefined) {
      delivery = new Delivery(this.gateway.below(`ds/${part(service)}`), service);
      this.#deliveries.set(service, delivery);
    }
    return delivery;
  }
}
