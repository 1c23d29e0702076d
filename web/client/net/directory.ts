/** Who is behind a name: asked of the gateway, verified here (specification 2.2, 5.7). */

import { addressOf, BadSignature, fromBase64, fromUtf8, type Json, Members, normalized } from "../../protocol/base/index.ts";
import { checksumAddress } from "../../protocol/crypto/index.ts";
import {
  type DeliveryServiceProfile,
  extensionFrom,
  type ProfileExtension,
  profileIsSignedBy,
  readDeliveryService,
  readSignedProfile,
  type SignedProfile,
} from "../../protocol/wire/index.ts";
import { CannotTell, NotFound, type Service } from "./answers.ts";

const KEPT_MS = 60_000;
const MOST = 500;

/** A profile, checked to be signed by its name's owner, and its delivery services in their order. */
export interface Recipient {
  readonly name: string;
  readonly owner: string;
  readonly signed: SignedProfile;
  readonly services: readonly { readonly name: string; readonly profile: DeliveryServiceProfile }[];
  /** What it says that it reads; undefined where its service does not tell. */
  readonly extension: ProfileExtension | undefined;
  /** What the clocks of its services and of the gateway say, in UNIX seconds; asked for with the extension. */
  readonly times: Json | undefined;
}

/** Looks names up at the own origin's gateway, each once within a minute. */
export class Directory {
  /** Throws where a profile is not to be used, though its owner has signed it. */
  guard: ((found: Recipient) => Promise<void>) | undefined;
  readonly #kept = new Map<string, { until: number; found: Promise<Recipient> }>();

  constructor(
    readonly gateway: Service,
    readonly now: () => number = Date.now,
  ) {}

  /** The verified profile of `name`; `fresh` asks anew. Throws `NotFound`, `CannotTell` or `BadSignature`. */
  async find(name: string, fresh = false): Promise<Recipient> {
    const normal = await normalized(name);
    const kept = this.#kept.get(normal);
    if (kept !== undefined && !fresh && this.now() < kept.until) return kept.found;
    const found = this.#look(normal);
    this.#kept.set(normal, { until: this.now() + KEPT_MS, found });
    if (this.#kept.size > MOST) this.#kept.delete(this.#kept.keys().next().value!);
    found.catch(() => this.#kept.delete(normal));
    return found;
  }

  /** The same with what the profile says that it reads, which its delivery services are asked for. */
  async findWithExtension(name: string): Promise<Recipient> {
    return this.#look(await normalized(name), "?extension=1");
  }

  async #look(name: string, query = ""): Promise<Recipient> {
    const answer = await this.gateway.ask(`names/${encodeURIComponent(name)}${query}`);
    const members = new Members(answer ?? null, "the gateway's answer");
    const record = members.optionalText("profile");
    if (record === undefined) throw new NotFound(`${name} has no dm3 profile`);
    const signed = readSignedProfile(inline(record));
    // An address name certifies itself; whoever serves it has no say in who its owner is.
    const owner = addressOf(name)?.address ?? members.optionalText("address", 100);
    if (owner === undefined) throw new NotFound(`${name} has a profile but no address, so it cannot be verified`);
    // A contract wallet's word is on its chain: the gateway has asked there.
    if (members.optionalBoolean("contract") !== true && !profileIsSignedBy(signed, owner)) {
      throw new BadSignature(`the profile of ${name} is not signed by its owner`);
    }
    const records = members.object("deliveryServices").raw;
    const services = signed.profile.deliveryServices.flatMap((service) => {
      const value: Json | undefined = records[service];
      return typeof value === "string" ? [{ name: service, profile: readDeliveryService(inline(value)) }] : [];
    });
    const told = members.optionalObject("extension");
    const extension = told && extensionFrom(told.raw);
    const found = { name, owner: checksumAddress(owner), signed, services, extension, times: members.raw["times"] };
    await this.guard?.(found);
    return found;
  }
}

/** A record as the gateway writes it: it has fetched what a record links to, so that the browser need not. */
function inline(record: string): string {
  const [, base64, data] = /^data:application\/json(;base64)?,(.*)$/s.exec(record) ?? [];
  if (data === undefined) throw new CannotTell("the gateway did not fetch what the record links to");
  return base64 === undefined ? data : fromUtf8(fromBase64(data, "the record"), "the record");
}
