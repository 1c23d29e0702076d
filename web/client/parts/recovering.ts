/** Getting a linked profile back through the visitor's own messenger (specification 3.5). Loaded when it is needed. */

import { addressName, Dm3Error, normalized, ownerAlias, toHex, WrongState } from "../../protocol/base/index.ts";
import { compose } from "../../protocol/composing.ts";
import { checksumAddress, type RandomBytes, recoverPersonal, walletKeyFrom } from "../../protocol/crypto/index.ts";
import { requirePublished } from "../../protocol/escrow/index.ts";
import { newLinkNonce, pairingProofs, parsePairingCode, printLinkMessage } from "../../protocol/linking/index.ts";
import { linkRecord } from "../../protocol/linking/record.ts";
import { type Recovery, recoveryPayload, takeKeys, takeRejection } from "../../protocol/linking/recovery.ts";
import { LINK_TYPES, SERVICE_FALLBACK } from "../../protocol/wire/index.ts";
import type { Client } from "../client.ts";
import type { Kept } from "../kept.ts";
import { NotFound } from "../net/answers.ts";
import { addressBehind } from "../net/claims.ts";
import type { Directory, Recipient } from "../net/directory.ts";
import { Resolver } from "../net/resolver.ts";
import { EMPTY, type Identity, keysOf, type State, walletOf } from "../state.ts";
import { AnotherSigner, type Signer, signatureOf } from "../wallets/signer.ts";
import { alsoKnownAs, requireRightClock, requireSupport } from "./addressee.ts";
import type { Arrival } from "./mailbox.ts";
import { enqueued } from "./outbox.ts";

const PATIENCE = 30 * 86_400;

/** How the messenger is asked for the keys. */
export interface RecoveryRequest {
  readonly mainName: string;
  /** The linked profile's name as the messenger shows it; where the wallet's own one is public it may be left out. */
  readonly profileName?: string | undefined;
  readonly wallet?: Signer | undefined;
  /** For a link that was made by a pairing code: a new one. */
  readonly pairing?: string | undefined;
}

/** The recovery that is under way; undefined where none is. */
export function recoveryOf(state: State): Recovery | undefined {
  return state.parts["recovery"] as Recovery | undefined;
}

/** The account has no name of its own here: the profile is to be named. */
class NoPublicProfile extends NotFound {
  override readonly code = "no-public-profile";
}

/** Only a browser without a profile takes one in. */
export class ProfileHere extends WrongState {
  override readonly code = "profile-here";

  constructor() {
    super("there is a profile here already", "Forget this conversation first.");
  }
}

/** A device that has no keys yet. */
export class Recovering {
  readonly app: string;
  readonly page: string;
  readonly kept: Kept;
  readonly directory: Directory;
  readonly resolver: Resolver;

  constructor(
    readonly client: Client,
    readonly random: RandomBytes = (length) => crypto.getRandomValues(new Uint8Array(length)),
    readonly now: () => number = Date.now,
  ) {
    ({ app: this.app, page: this.page, kept: this.kept, directory: this.directory } = client);
    this.resolver = new Resolver(client.gateway.below("resolver"));
  }

  /** Asks the visitor's messenger for the keys of a profile that is linked there; they come by `taken`. */
  async recover({ mainName, profileName, wallet, pairing }: RecoveryRequest): Promise<void> {
    this.requireNone();
    const code = pairing ? parsePairingCode(pairing) : undefined;
    const main = await this.directory.findWithExtension(await normalized(mainName));
    requireSupport(main, "LINK_RECOVER");
    requireRightClock(this.now(), main);
    const published = await this.#former(profileName, wallet);
    const temporary = await this.client.createLsp();
    try {
      const recovery = await this.#signed(temporary, main, published, wallet ?? walletOf(temporary), code);
      await this.kept.change((state) => this.#asked(state, recovery, main));
    } catch (error) {
      await this.kept.change((state) => ({ ...EMPTY, drafts: state.drafts }));
      throw error;
    }
  }

  /** How the state changes by a message about the recovery; what is not to be believed changes nothing. */
  async taken(arrival: Arrival): Promise<(state: State) => State> {
    const recovery = recoveryOf(this.kept.state);
    if (recovery === undefined) return (state) => state;
    const main = arrival.sender.signed.profile;
    const also = await alsoKnownAs(this.directory, arrival.sender, recovery.mainName);
    try {
      if (arrival.message.link?.kind === "reject") {
        const rejected = takeRejection(recovery, arrival.message, main, also);
        return (state) => ({ ...state, parts: { ...state.parts, recovery: rejected as never } });
      }
      const published = await this.directory.find(recovery.profileName, true);
      const payload = takeKeys(recovery, arrival.message, main, published.signed.hash, also);
      requirePublished({ seed: payload.profileKey, walletKey: payload.walletKey }, published.signed.profile, published.owner);
      return (state) => this.#adopted(state, recovery, payload, published, arrival.carrier);
    } catch (error) {
      if (error instanceof Dm3Error && error.fault !== "network") return (state) => state;
      throw error;
    }
  }

  /** The address name to which the account's public alias leads; undefined where there is none. */
  protected async publicOf(owner: string): Promise<string | undefined> {
    const address = await addressBehind(this.resolver, ownerAlias(owner, this.app));
    return address === undefined ? undefined : addressName(address, this.app);
  }

  async #former(profileName: string | undefined, wallet: Signer | undefined): Promise<Recipient> {
    const named = profileName?.trim();
    const name = named ? await normalized(named) : wallet && (await this.publicOf(checksumAddress(wallet.address)));
    if (name === undefined) throw new NoPublicProfile("this account has no public profile here", "Type the profile's name as your messenger shows it.");
    return this.directory.find(name, true);
  }

  async #signed(temporary: Identity, main: Recipient, published: Recipient, signer: Signer, code: string | undefined): Promise<Recovery> {
    const account = checksumAddress(signer.address);
    const now = this.seconds();
    const linkMessage = printLinkMessage({
      kind: "recover",
      mainName: main.name,
      uri: temporary.page,
      nonce: newLinkNonce(this.random),
      issuedAt: now,
      expiresAt: now + PATIENCE,
      chainId: 1,
      profileName: published.name,
      profileHash: published.signed.hash,
      owner: account,
      recoverInto: temporary.signed.hash,
    });
    return {
      profileName: published.name,
      profileHash: published.signed.hash,
      mainName: main.name,
      linkMessage,
      walletSignature: await signedBy(signer, account, linkMessage),
      until: now + PATIENCE,
      pairing: code === undefined ? undefined : pairingProofs(code, linkMessage),
    };
  }

  #asked(state: State, recovery: Recovery, main: Recipient): State {
    const identity = state.identity!;
    const draft = {
      to: main.name,
      from: identity.name,
      timestamp: this.now(),
      type: LINK_TYPES.recover,
      content: SERVICE_FALLBACK,
      link: recoveryPayload(recovery),
    };
    const { text, hash } = compose(draft, keysOf(identity));
    const outgoing = { to: main.name, from: identity.name, text, hash, receiverHash: main.signed.hash };
    const next = enqueued(state, outgoing, this.now(), toHex(this.random(12)));
    return { ...next, parts: { ...next.parts, recovery: recovery as never } };
  }

  #adopted(state: State, recovery: Recovery, payload: ReturnType<typeof takeKeys>, published: Recipient, carrier: string | undefined): State {
    const validUntil = payload.validUntil || this.seconds() + 365 * 86_400;
    const identity: Identity = {
      ...this.device(published),
      seed: payload.profileKey,
      nonce: payload.nonce ?? "",
      walletKey: payload.walletKey ?? walletKeyFrom(payload.profileKey),
      walletIsRandom: payload.walletKey !== undefined,
      owner: undefined,
      aliases: [],
    };
    const asked = { linkMessage: recovery.linkMessage, walletSignature: recovery.walletSignature, until: validUntil, withKeys: true };
    const asking = {
      state: "linked" as const,
      mainName: recovery.mainName,
      latest: asked,
      requestedUntil: validUntil,
      validUntil,
      accepted: asked,
      mainSignature: payload.signature,
      earlier: [],
    };
    const record = linkRecord(asking, identity.name, identity.signed.hash, keysOf(identity));
    const link = { asking, readsOurs: carrier === published.name, record };
    return { ...EMPTY, drafts: state.drafts, identity, parts: { seen: state.parts["seen"]!, link: link as never } };
  }

  /** What of an identity is this device's own, for a profile that is there already. */
  protected device(published: Recipient) {
    const { name, signed } = published;
    return { name, signed, app: this.app, page: this.page, reader: toHex(this.random(8)).slice(2), stage: "alias-claimed" as const };
  }

  protected requireNone(): void {
    if (this.kept.state.identity === undefined) return;
    throw new ProfileHere();
  }

  protected seconds(): number {
    return Math.floor(this.now() / 1000);
  }
}

/** The wallet's signature, which has to be by the account that it named. */
export async function signedBy(signer: Signer, account: string, text: string): Promise<string> {
  const signature = await signatureOf(signer, text);
  if (recoverPersonal(text, signature) !== account) throw new AnotherSigner();
  return signature;
}
