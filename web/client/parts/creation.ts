/**
 * Making the visitor's profile (specification 3.2), step by step, so that a crash between two goes on.
 *
 * By signing: a wallet signs our own key-creation message, inside the component. Embedded: keys are random, or
 * come from the host's entropy; a host's login authorises the public alias and nothing else.
 */

import { addressName, canonicalJson, InvalidInput, toHex, WrongState } from "../../protocol/base/index.ts";
import {
  checksumAddress,
  Entropy,
  type HostSignature,
  keyCreationText,
  KeyWallet,
  newNonce,
  ownSignature,
  ProfileKeys,
  type RandomBytes,
  seedFrom,
  type Wallet,
  WalletKey,
  walletKeyFrom,
} from "../../protocol/crypto/index.ts";
import { EXTENSION } from "../extension.ts";
import type { Delivery } from "../net/delivery.ts";
import type { Resolver } from "../net/resolver.ts";
import type { Kept } from "../kept.ts";
import { type Identity, keysOf, type Stage, walletOf } from "../state.ts";
import { profileJson, profileMessage, withSignature } from "../../protocol/wire/index.ts";

/** What creating needs of the application. */
export interface Application {
  /** Its ENS name. */
  readonly name: string;
  /** The host page as the browser reported it: an origin. */
  readonly page: string;
  /** Its delivery services' names; where it names none there is one, `ds.<name>`. */
  readonly services: readonly string[];
}

/** Makes keys from a wallet's signature over our own text (way 1); the wallet shows that text. */
export async function keysBySigning(application: Application, wallet: Wallet, random: RandomBytes): Promise<Identity> {
  const owner = checksumAddress(wallet.address);
  const nonce = newNonce(random);
  const message = { owner, nonce, domain: new URL(application.page).host, uri: application.page };
  const signature = ownSignature(message, await wallet.signMessage(keyCreationText(message)));
  const seed = seedFrom(signature);
  return identity(application, { seed, nonce, owner, wallet: walletKeyFrom(seed), isRandom: false }, random);
}

/** Makes random keys, or such of the host's entropy (way 2); `owner` is who has signed in, if anybody has. */
export function keysEmbedded(
  application: Application,
  owner: string | undefined,
  random: RandomBytes,
  entropy?: Entropy,
): Identity {
  const key = entropy === undefined ? randomWalletKey(random) : walletKeyFrom(entropy);
  const wallet = new KeyWallet(key);
  const nonce = newNonce(random);
  const message = { owner: wallet.address, nonce, domain: new URL(application.page).host, uri: application.page };
  const seed = seedFrom(ownSignature(message, wallet.sign(keyCreationText(message))));
  return identity(application, { seed, nonce, owner, wallet: key, isRandom: true }, random);
}

function randomWalletKey(random: RandomBytes): WalletKey {
  return walletKeyFrom(new Entropy(random(32)));
}

function identity(
  application: Application,
  made: {
    seed: Identity["seed"];
    nonce: string;
    owner: string | undefined;
    wallet: WalletKey;
    isRandom: boolean;
  },
  random: RandomBytes,
): Identity {
  const keys = new ProfileKeys(made.seed);
  const wallet = new KeyWallet(made.wallet);
  const profile = {
    signingKey: keys.signingPublic,
    encryptionKey: keys.encryptionPublic,
    deliveryServices: application.services.length > 0 ? application.services : [`ds.${application.name}`],
  };
  const text = profileMessage(canonicalJson(profileJson(profile)), wallet.address);
  return {
    name: addressName(wallet.address, application.name),
    app: application.name,
    page: application.page,
    seed: made.seed,
    nonce: made.nonce,
    walletKey: made.wallet,
    walletIsRandom: made.isRandom,
    owner: made.owner === undefined ? undefined : checksumAddress(made.owner),
    signed: withSignature(profile, wallet.sign(text)),
    reader: toHex(random(8)).slice(2),
    stage: "keys-made",
    aliases: [],
  };
}

/** Carries a profile that was begun through the steps that are left. */
export class Activation {
  constructor(
    readonly kept: Kept,
    readonly resolver: Resolver,
    readonly delivery: (service: string) => Delivery,
  ) {}

  /** Keeps a new profile, before anybody is told of it. */
  async begin(made: Identity): Promise<void> {
    if (this.kept.state.identity !== undefined) throw new WrongState("there is a profile already");
    await this.kept.change((state) => ({ ...state, identity: made }));
  }

  /** Claims the name, the alias where the owner's login is there, and registers. Safe to repeat. */
  async complete(login?: HostSignature): Promise<Identity> {
    let now = this.#identity();
    if (now.stage === "keys-made") {
      await this.resolver.claimAddress(now.signed, walletOf(now).address, now.app);
      now = await this.#reached("name-claimed");
    }
    if (now.stage === "name-claimed") {
      if (login !== undefined) await this.claimAlias(login);
      now = await this.#reached("alias-claimed");
    }
    if (now.stage === "alias-claimed") {
      await this.register();
      now = await this.#reached("ready");
    }
    return now;
  }

  /** Registers the profile and this device at the delivery services, also anew where one has lost its data. */
  async register(): Promise<void> {
    const { name, signed, aliases, reader } = this.#identity();
    const keys = keysOf(this.#identity());
    for (const service of signed.profile.deliveryServices) {
      const delivery = this.delivery(service);
      await delivery.register(name, signed, reader);
      const who = { name, keys, reader };
      await delivery.addReader(who);
      await delivery.setExtension(who, EXTENSION);
      for (const alias of aliases) await delivery.register(alias, signed, reader);
    }
  }

  /** Has the alias that ties the profile to its owner in public point to it. */
  async claimAlias(login: HostSignature): Promise<void> {
    const now = this.#identity();
    if (now.owner !== undefined && checksumAddress(login.owner) !== now.owner) {
      throw new InvalidInput("the wallet that has signed in is not the profile's owner");
    }
    const alias = await this.resolver.claimOwnerAlias(now.name, now.app, login, keysOf(now));
    await this.#change({ aliases: [...new Set([...now.aliases, alias])], owner: checksumAddress(login.owner) });
  }

  async #reached(stage: Stage): Promise<Identity> {
    return this.#change({ stage });
  }

  async #change(members: Partial<Identity>): Promise<Identity> {
    await this.kept.change((state) => ({ ...state, identity: { ...this.#identity(), ...members } }));
    return this.#identity();
  }

  #identity(): Identity {
    const { identity: found } = this.kept.state;
    if (found === undefined) throw new WrongState("there is no profile yet");
    return found;
  }
}
