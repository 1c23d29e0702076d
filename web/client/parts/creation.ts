/**
 * Making the visitor's profile (specification 3.2), step by step, so that a crash between two goes on.
 *
 * By signing: a wallet signs our own key-creation message, inside the component. Embedded: keys are random, or
 * come from the host's entropy; a host's login authorises the public alias and nothing else.
 */

import { addressName, canonicalJson, toHex, WrongState } from "../../protocol/base/index.ts";
import {
  checksumAddress,
  Entropy,
  keyCreationText,
  KeyWallet,
  newNonce,
  ownSignature,
  ProfileKeys,
  type RandomBytes,
  seedFrom,
  WalletKey,
  walletKeyFrom,
} from "../../protocol/crypto/index.ts";
import { EXTENSION } from "../extension.ts";
import type { Delivery } from "../net/delivery.ts";
import { addReader, register, setExtension } from "../net/registering.ts";
import { Resolver } from "../net/resolver.ts";
import type { Kept } from "../kept.ts";
import { type Identity, keysOf, type Stage, walletOf } from "../state.ts";
import { profileJson, profileMessage, withSignature } from "../../protocol/wire/index.ts";

export { Resolver };

const STAGES: readonly Stage[] = ["keys-made", "name-claimed", "alias-claimed", "ready"];
/** How long another tab may take to make a profile, in milliseconds. */
const DONE_ELSEWHERE_AFTER = 10_000;
/** The profiles that this tab makes. */
const begunHere = new Set<string>();

/** What creating needs of the application. */
export interface Application {
  /** Its ENS name. */
  readonly name: string;
  /** The host page as the browser reported it: an origin. */
  readonly page: string;
  /** Its delivery services' names; where it names none there is one, `ds.<name>`. */
  readonly services: readonly string[];
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

/** The profile that such keys make, which is still to be claimed and registered. */
export function identity(
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

  /** Keeps a new profile, before anybody is told of it; where another tab was first it is that one's. */
  async begin(made: Identity): Promise<void> {
    begunHere.add(made.name);
    await this.kept.change((state) => (state.identity === undefined ? { ...state, identity: made } : state));
  }

  /** Claims the name, the alias where the owner has signed in, and registers. Safe to repeat. */
  async complete(claimAlias?: () => Promise<void>): Promise<Identity> {
    await this.#doneElsewhere();
    let now = this.#identity();
    if (now.stage === "keys-made") {
      await this.resolver.claimAddress(now.signed, walletOf(now).address, now.app);
      now = await this.#reached("name-claimed");
    }
    if (now.stage === "name-claimed") {
      await claimAlias?.();
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
      await register(delivery, name, signed, reader);
      const who = { name, keys, reader };
      await addReader(delivery, who);
      await setExtension(delivery, who, EXTENSION);
      for (const alias of aliases) await register(delivery, alias, signed, reader);
    }
  }

  async #reached(stage: Stage): Promise<Identity> {
    await this.kept.change((state) => {
      const { identity } = state;
      const isBehind = identity !== undefined && STAGES.indexOf(identity.stage) < STAGES.indexOf(stage);
      return isBehind ? { ...state, identity: { ...identity, stage } } : state;
    });
    return this.#identity();
  }

  /** A profile that another tab makes is left to that tab, unless it does not get done. */
  async #doneElsewhere(): Promise<void> {
    const { name } = this.#identity();
    if (!this.kept.shared || begunHere.has(name)) return;
    const patience = AbortSignal.timeout(DONE_ELSEWHERE_AFTER);
    while (this.kept.state.identity?.stage !== "ready" && !patience.aborted) await this.kept.changed(patience);
  }

  #identity(): Identity {
    const { identity: found } = this.kept.state;
    if (found === undefined) throw new WrongState("there is no profile yet");
    return found;
  }
}
