/** What few visitors claim at the application's resolver: the public alias, records (specification 2.5.6, 3.1). */

import { Members, normalize, ownerAlias, sha256Hex } from "../../protocol/base/index.ts";
import { checksumAddress, type HostSignature, type ProfileKeys, sign } from "../../protocol/crypto/index.ts";
import { NotFound, read } from "./answers.ts";
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

/**
 * The address to which an alias leads now; undefined where it is nobody's. The resolver itself is asked: who
 * looks names up for others remembers for a while that there was none.
 */
export async function addressBehind(resolver: Resolver, alias: string): Promise<string | undefined> {
  try {
    const answer = await resolver.service.ask(`names/${part(alias)}`);
    return read("the resolver's answer", () => checksumAddress(new Members(answer ?? null, "it").text("address", 100)));
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
}
