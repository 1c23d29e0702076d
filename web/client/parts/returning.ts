/** Sealed copies of a profile's keys for other devices (specification 3.8, 5.9). Loaded when it is needed. */

import { canonicalJson, Dm3Error, fromBase64, Members, normalized, ownerAlias, toBase64 } from "../../protocol/base/index.ts";
import { checksumAddress, HostSignature, walletKeyFrom } from "../../protocol/crypto/index.ts";
import { passkeyKeys } from "../../protocol/crypto/passkey.ts";
import type { RecoveryCode } from "../../protocol/crypto/recovery_code.ts";
import { checkEscrowChallenge, type EscrowKey, EscrowMismatch, openEscrow, requirePublished, sealEscrow } from "../../protocol/escrow/index.ts";
import { ownerAliasText } from "../../protocol/owner_alias.ts";
import { Refused } from "../net/answers.ts";
import { claimOwnerAlias } from "../net/claims.ts";
import { Delivery, part } from "../net/delivery.ts";
import type { Recipient } from "../net/directory.ts";
import { type Identity, keysOf, type State } from "../state.ts";
import type { PasskeyOutput } from "../wallets/passkey.ts";
import type { Signer } from "../wallets/signer.ts";
import { claimAlias } from "./public_name.ts";
import { ProfileHere, Recovering, signedBy } from "./recovering.ts";

export { recoveryOf, type RecoveryRequest } from "./recovering.ts";

/** What is kept of the copy: under what it lies, since when (UNIX seconds). */
export interface Protection {
  readonly by: "code" | "passkey";
  readonly since: number;
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

export class Returning extends Recovering {
  /**
   * Keeps a sealed copy that opens with `code` and this wallet. The profile is tied to the wallet in public by
   * that, for which it signs first. The code was shown and checked before.
   */
  async protectWithCode(wallet: Signer, code: RecoveryCode): Promise<void> {
    const identity = await this.client.createLsp();
    const owner = checksumAddress(wallet.address);
    if (!identity.aliases.includes(ownerAlias(owner, this.app))) {
      await claimAlias(this.kept, this.resolver, await this.#aliasSigned(wallet, identity.name));
    }
    await this.#deposit(owner, { by: "code", code });
  }

  /** Keeps a sealed copy that opens with a passkey, and nothing else: no wallet, and nobody's account in public. */
  async protectWithPasskey(passkey: PasskeyOutput): Promise<void> {
    const identity = await this.client.createLsp();
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

  async #aliasSigned(wallet: Signer, name: string): Promise<HostSignature> {
    const owner = checksumAddress(wallet.address);
    const held = await this.publicOf(owner);
    const replaces = held !== undefined && held !== name ? held : undefined;
    const text = ownerAliasText(this.app, owner, name, this.seconds(), this.random, replaces);
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
      services.map((service) => this.#delivery(service).authorized(who, `escrow/${part(name)}`, { method: "PUT", body })),
    );
    const failed = each.find((result) => result.status === "rejected");
    if (failed !== undefined && each.every(({ status }) => status === "rejected")) {
      throw failed.reason instanceof Dm3Error ? refusedBy(failed.reason) : failed.reason;
    }
    const protection = { by: key.by as Protection["by"], since: this.seconds() };
    await this.kept.change((state) => ({ ...state, parts: { ...state.parts, protected: { ...protection } } }));
  }

  async #reopen(wallet: Signer, key: EscrowKey, tied: boolean): Promise<void> {
    this.requireNone();
    const owner = checksumAddress(wallet.address);
    const name = await this.publicOf(owner);
    if (name === undefined) throw new NothingKept("nothing is kept here for this account");
    const published = await this.directory.find(name, true);
    const contents = await this.#contents(wallet, owner, key, published);
    const walletKey = contents.walletKey ?? walletKeyFrom(contents.seed);
    const identity: Identity = {
      ...this.device(published),
      seed: contents.seed,
      nonce: contents.nonce,
      walletKey,
      walletIsRandom: contents.walletKey !== undefined,
      owner: tied ? owner : undefined,
      aliases: tied ? [ownerAlias(owner, this.app)] : [],
    };
    const protection = { by: key.by, since: this.seconds() };
    await this.kept.change((state) => {
      if (state.identity !== undefined) throw new ProfileHere();
      return { ...state, identity, parts: { ...state.parts, protected: protection } };
    });
    await this.client.createLsp();
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
    const at = this.#delivery(service).service;
    const path = `escrow/${part(this.app)}/${part(owner)}`;
    const challenge = new Members((await at.ask(`${path}/challenge`)) ?? null, "the challenge").text("challenge", 2_000);
    checkEscrowChallenge(challenge, { service, app: this.app, owner }, this.seconds());
    const signature = await signedBy(wallet, owner, challenge);
    const body = canonicalJson({ challenge, signature });
    const copy = new Members((await at.ask(path, { method: "POST", body })) ?? null, "the copy");
    if ((await normalized(copy.text("name", 255))) !== name) throw new EscrowMismatch("the service holds another profile of this account");
    return fromBase64(copy.text("blob", 8_192), "the copy");
  }

  #delivery(service: string): Delivery {
    return new Delivery(this.client.gateway.below(`ds/${part(service)}`), service);
  }
}
