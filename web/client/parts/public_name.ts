/** The alias that ties a profile to its owner in public (specification 3.1). Loaded when it is needed. */

import { InvalidInput, WrongState } from "../../protocol/base/index.ts";
import { checksumAddress, type HostSignature } from "../../protocol/crypto/index.ts";
import type { Kept } from "../kept.ts";
import { claimOwnerAlias } from "../net/claims.ts";
import type { Resolver } from "../net/resolver.ts";
import { keysOf } from "../state.ts";

/** Somebody else has signed in at the site than the profile's owner. */
class AnotherLogin extends InvalidInput {
  override readonly code = "another-login";
}

/** Has the alias that ties the profile to its owner in public point to it, with the owner's signature. */
export async function claimAlias(kept: Kept, resolver: Resolver, login: HostSignature): Promise<void> {
  const { identity } = kept.state;
  if (identity === undefined) throw new WrongState("there is no profile yet");
  if (identity.owner !== undefined && checksumAddress(login.owner) !== identity.owner) {
    throw new AnotherLogin("the wallet that has signed in is not the profile's owner");
  }
  const alias = await claimOwnerAlias(resolver, identity.name, identity.app, login, keysOf(identity));
  await kept.change((state) => {
    const now = state.identity!;
    return { ...state, identity: { ...now, aliases: [...new Set([...now.aliases, alias])], owner: checksumAddress(login.owner) } };
  });
}
