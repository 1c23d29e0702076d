/**
 * Coming back on another device: a sealed copy of the keys at the delivery services (specification 3.8, 5.9), or
 * the visitor's own messenger (3.5). Loaded when it is needed.
 */

import { addressName, canonicalJson, Dm3Error, fromBase64, InvalidInput, Members, normalized, ownerAlias, toBase64, toHex, UnsupportedByPeer, WrongState } from "../../protocol/base/index.ts";
import { compose } from "../../protocol/composing.ts";
import { checksumAddress, HostSignature, type RandomBytes, recoverPersonal, walletKeyFrom } from "../../protocol/crypto/index.ts";
import { passkeyKeys } from "../../protocol/crypto/passkey.ts";
import type { RecoveryCode } from "../../protocol/crypto/recovery_code.ts";
import { checkEscrowChallenge, type EscrowKey, EscrowMismatch, openEscrow, requirePublished, sealEscrow } from "../../protocol/escrow/index.ts";
import { newLinkNonce, pairingProofs, parsePairingCode, printLinkMessage } from "../../protocol/linking/index.ts";
import { linkRecord } from "../../protocol/linking/record.ts";
import { type Recovery, recoveryPayload, takeKeys, takeRejection } from "../../protocol/linking/recovery.ts";
import { ownerAliasText } from "../../protocol/owner_alias.ts";
import { LINK_TYPES, SERVICE_FALLBACK, supports } from "../../protocol/wire/index.ts";
import type { Kept } from "../kept.ts";
import { NotFound, Refused } from "../net/answers.ts";
import { addressBehind, claimOwnerAlias } from "../net/claims.ts";
import { type Delivery, part } from "../net/delivery.ts";
import type { Directory, Recipient } from "../net/directory.ts";
import type { Resolver } from "../net/resolver.ts";
import { EMPTY, type Identity, keysOf, type State, walletOf } from "../state.ts";
import type { PasskeyOutput } from "../wallets/passkey.ts";
import { type Signer, signatureOf } from "../wallets/signer.ts";
import type { Arrival } from "./mailbox.ts";
import { enqueued } from "./outbox.ts";
import { claimAlias } from "./public_name.ts";

const PATIENCE = 30 * 86_400;

/** What is kept of the copy: under what it lies, since when (UNIX seconds). */
export interface Protection {
  readonly by: "code" | "passkey";
  readonly since: number;
}

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

/** Under what a copy lies that was made here; undefined where none was. */
export function protectionOf(state: State): Protection | undefined {
  return state.parts["protected"] as Protection | undefined;
}

/** No copy is kept for this account, or no profile is its in public. */
export class NothingKept extends Dm3Error {
  override readonly code = "nothing-kept";
}

/** The service keeps no copies at all. */
export class EscrowOff extends Dm3Error {
  override readonly code = "escrow-off";
}

/** What a refusal of a service means here. */
function refusedBy(error: Dm3Error): Dm3Error {
  if (!(error instanceof Refused)) return error;
  if (error.reason === "escrow-off") return new EscrowOff(error.message, error.hint);
  return error.reason === "no-escrow" ? new NothingKept(error.message, error.hint) : error;
}

export class Returning {
  constructor(
    readonly app: string,
    readonly page: string,
    readonly kept: Kept,
    readonly directory: Directory,
    readonly resolver: Resolver,
    readonly delivery: (service: string) => Delivery,
    /** Makes a profile, and carries one on that was begun. */
    readonly complete: () => Promise<Identity>,
    readonly random: RandomBytes,
    readonly now: () => number = Date.now,
  ) {}

  /**
   * Keeps a sealed copy that opens with `code` and this wallet. The profile is tied to the wallet in public by
   * that, for which it signs first. The code was shown and checked before.
   */
  async protectWithCode(wallet: Signer, code: RecoveryCode): Promise<void> {
    const identity = await this.complete();
    const owner = checksumAddress(wallet.address);
    if (!identity.aliases.includes(ownerAlias(owner, this.app))) {
      await claimAlias(this.kept, this.resolver, await this.#aliasSigned(wallet, identity.name));
    }
    await this.#deposit(owner, { by: "code", code });
  }

  /** Keeps a sealed copy that opens with a passkey, and nothing else: no wallet, and nobody's account in public. */
  async protectWithPasskey(passkey: PasskeyOutput): Promise<void> {
    const identity = await this.complete();
    const { account, sealing } = passkeyKeys(passkey.output, this.app);
    const login = await this.#aliasSigned(account, identity.name);
    await claimOwnerAlias(this.resolver, identity.name, this.app, login, keysOf(identity));
    const { credentialId, rpId, salt } = passkey;
    await this.#deposit(account.address, { by: "passkey", entropy: sealing }, { credentialId, rpId, salt });
  }

  /** Becomes the profile of `wallet` again, by its copy and the code. Throws `NothingKept`, `EscrowLocked`, `EscrowMismatch`. */
  async reopenWithCode(wallet: Signer, code: RecoveryCode): Promise<void> {
    await this.#reopen(wallet, { by: "code", code }, true);
  }

  /** Becomes the profile again that a passkey protects. */
  async reopenWithPasskey({ output }: PasskeyOutput): Promise<void> {
    const { account, sealing } = passkeyKeys(output, this.app);
    await this.#reopen(account, { by: "passkey", entropy: sealing }, false);
  }

  /** Asks the visitor's messenger for the keys of a profile that is linked there; they come by `taken`. */
  async recover({ mainName, profileName, wallet, pairing }: RecoveryRequest): Promise<void> {
    this.#requireNone();
    const code = pairing ? parsePairingCode(pairing) : undefined;
    const main = await this.directory.findWithExtension(await normalized(mainName));
    if (main.extension !== undefined && supports(main.extension, "LINK_RECOVER") === false) {
      throw new UnsupportedByPeer(`the messenger of ${main.name} gives no keys back`);
    }
    const published = await this.#former(profileName, wallet);
    const temporary = await this.complete();
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
    try {
      if (arrival.message.link?.kind === "reject") {
        const rejected = takeRejection(recovery, arrival.message, main);
        return (state) => ({ ...state, parts: { ...state.parts, recovery: rejected as never } });
      }
      const published = await this.directory.find(recovery.profileName, true);
      const payload = takeKeys(recovery, arrival.message, main, published.signed.hash);
      requirePublished({ seed: payload.profileKey, walletKey: payload.walletKey }, published.signed.profile, published.owner);
      return (state) => this.#adopted(state, recovery, payload, published, arrival.carrier);
    } catch (error) {
      if (error instanceof Dm3Error && error.fault !== "network") return (state) => state;
      throw error;
    }
  }

  async #aliasSigned(wallet: Signer, name: string): Promise<HostSignature> {
    const owner = checksumAddress(wallet.address);
    const held = await this.#publicOf(owner);
    const replaces = held !== undefined && held !== name ? held : undefined;
    const text = ownerAliasText(this.app, owner, name, this.#seconds(), this.random, replaces);
    return new HostSignature(owner, text, await signedBy(wallet, owner, text));
  }

  async #deposit(owner: string, key: EscrowKey, members: Record<string, string> = {}): Promise<void> {
    const identity = this.kept.state.identity!;
    const walletKey = identity.walletIsRandom ? identity.walletKey : undefined;
    const { name, seed, nonce, signed, reader } = identity;
    const blob = await sealEscrow({ name, seed, nonce, signed: signed.text, walletKey }, owner, key, this.random);
    const ownerProof = ownerAlias(owner, this.app);
    const body = canonicalJson({ app: this.app, owner, ownerProof, blob: toBase64(blob), sealedBy: key.by, ...members });
    const who = { name, keys: keysOf(identity), reader };
    const services = signed.profile.deliveryServices;
    const each = await Promise.allSettled(
      services.map((service) => this.delivery(service).authorized(who, `escrow/${part(name)}`, { method: "PUT", body })),
    );
    const failed = each.find((result) => result.status === "rejected");
    if (failed !== undefined && each.every(({ status }) => status === "rejected")) {
      throw failed.reason instanceof Dm3Error ? refusedBy(failed.reason) : failed.reason;
    }
    const protection = { by: key.by as Protection["by"], since: this.#seconds() };
    await this.kept.change((state) => ({ ...state, parts: { ...state.parts, protected: { ...protection } } }));
  }

  async #reopen(wallet: Signer, key: EscrowKey, tied: boolean): Promise<void> {
    this.#requireNone();
    const owner = checksumAddress(wallet.address);
    const name = await this.#publicOf(owner);
    if (name === undefined) throw new NothingKept("nothing is kept here for this account");
    const published = await this.directory.find(name, true);
    const contents = await this.#contents(wallet, owner, key, published);
    const walletKey = contents.walletKey ?? walletKeyFrom(contents.seed);
    const identity: Identity = {
      ...this.#device(published),
      seed: contents.seed,
      nonce: contents.nonce,
      walletKey,
      walletIsRandom: contents.walletKey !== undefined,
      owner: tied ? owner : undefined,
      aliases: tied ? [ownerAlias(owner, this.app)] : [],
    };
    const protection = { by: key.by, since: this.#seconds() };
    await this.kept.change((state) => {
      if (state.identity !== undefined) throw new WrongState("there is a profile here already");
      return { ...state, identity, parts: { ...state.parts, protected: protection } };
    });
    await this.complete();
  }

  /** What the first service holds that is the published profile; throws why none does. */
  async #contents(wallet: Signer, owner: string, key: EscrowKey, published: Recipient) {
    let trouble: Dm3Error = new NothingKept("nothing is kept here for this account");
    for (const service of published.signed.profile.deliveryServices) {
      try {
        const blob = await this.#released(service, wallet, owner, published.name);
        const contents = await openEscrow(blob, published.name, owner, key);
        requirePublished(contents, published.signed.profile, published.owner);
        return contents;
      } catch (error) {
        if (!(error instanceof Dm3Error)) throw error;
        if (trouble instanceof NothingKept) trouble = refusedBy(error);
      }
    }
    throw trouble;
  }

  async #released(service: string, wallet: Signer, owner: string, name: string): Promise<Uint8Array> {
    const at = this.delivery(service).service;
    const path = `escrow/${part(this.app)}/${part(owner)}`;
    const challenge = new Members((await at.ask(`${path}/challenge`)) ?? null, "the challenge").text("challenge", 2_000);
    checkEscrowChallenge(challenge, { service, app: this.app, owner }, this.#seconds());
    const signature = await signedBy(wallet, owner, challenge);
    const body = canonicalJson({ challenge, signature });
    const copy = new Members((await at.ask(path, { method: "POST", body })) ?? null, "the copy");
    if ((await normalized(copy.text("name", 255))) !== name) throw new EscrowMismatch("the service holds another profile of this account");
    return fromBase64(copy.text("blob", 8_192), "the copy");
  }

  /** The address name to which the account's public alias leads; undefined where there is none. */
  async #publicOf(owner: string): Promise<string | undefined> {
    const address = await addressBehind(this.resolver, ownerAlias(owner, this.app));
    return address === undefined ? undefined : addressName(address, this.app);
  }

  async #former(profileName: string | undefined, wallet: Signer | undefined): Promise<Recipient> {
    const named = profileName?.trim();
    const name = named ? await normalized(named) : wallet && (await this.#publicOf(checksumAddress(wallet.address)));
    if (name === undefined) throw new NotFound("this account has no public profile here", "Type the profile's name as your messenger shows it.");
    return this.directory.find(name, true);
  }

  async #signed(temporary: Identity, main: Recipient, published: Recipient, signer: Signer, code: string | undefined): Promise<Recovery> {
    const account = checksumAddress(signer.address);
    const now = this.#seconds();
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
    const validUntil = payload.validUntil || this.#seconds() + 365 * 86_400;
    const identity: Identity = {
      ...this.#device(published),
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
    return { ...EMPTY, drafts: state.drafts, identity, parts: { link: link as never } };
  }

  /** What of an identity is this device's own, for a profile that is there already. */
  #device(published: Recipient) {
    const { name, signed } = published;
    return { name, signed, app: this.app, page: this.page, reader: toHex(this.random(8)).slice(2), stage: "alias-claimed" as const };
  }

  #requireNone(): void {
    if (this.kept.state.identity === undefined) return;
    throw new WrongState("there is a profile here already", "Forget this conversation first.");
  }

  #seconds(): number {
    return Math.floor(this.now() / 1000);
  }
}

/** The wallet's signature, which has to be by the account that it named. */
async function signedBy(signer: Signer, account: string, text: string): Promise<string> {
  const signature = await signatureOf(signer, text);
  if (recoverPersonal(text, signature) !== account) throw new InvalidInput("another account has signed");
  return signature;
}
