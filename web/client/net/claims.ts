/** What few visitors claim at the application's resolver: the public alias, records (specification 2.5.6, 3.1). */

import { normalize, ownerAlias, sha256Hex } from "../../protocol/base/index.ts";
import { type HostSignature, type ProfileKeys, sign } from "../../protocol/crypto/index.ts";
import { part } from "./delivery.ts";
import type { Resolver } from "./resolver.ts";

/** Ties the profile `name` to its owner in public, with the owner's signature; gives the alias. */
export async function claimOwnerAlias(resolver: Resolver, name: string, app: string, login: HostSignature, keys: ProfileKeys): Promise<string> {
  const alias = ownerAlias(login.owner, app);
  return resolver.named("POST", "profile/owner-alias", {
    name,
    owner: login.owner,
    message: login.text,
    signature: login.signature,
    consent: sign(keys, `owner-alias: ${alias}`),
  });
}

/** Publishes a text record of `name` (null removes it); a later one needs a later time. */
export async function publishRecord(resolver: Resolver, name: string, key: string, value: string | null, keys: ProfileKeys, now: number): Promise<void> {
  const text = `record: ${normalize(name)}\n${key}\n${now}\n${sha256Hex(value ?? "")}`;
  const body = { value, issuedAt: now, signature: sign(keys, text) };
  await resolver.named("PUT", `records/${part(name)}/${part(key)}`, body);
}
