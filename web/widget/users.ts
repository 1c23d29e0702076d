/** Users of the application: those who sign in at its site, and those whom others write to; loaded with the first. */

import { addressName, fromBase64 } from "../protocol/base/index.ts";
import { Entropy, HostSignature } from "../protocol/crypto/index.ts";
import type { ToFrame } from "../loader/protocol.ts";
import type { Session } from "./session.ts";

/**
 * Opens the conversation with another user of the application, where it allows that.
 *
 * A user's public name leads to the name that they write from: one conversation, whichever was given.
 */
export async function startConversation(session: Session, name: string): Promise<void> {
  const { app, modes } = session.frame;
  if (!modes.includes("in-app")) return;
  await session.attempt(async () => {
    const found = await session.client.directory.find(name);
    const isPublic = found.name.startsWith("lsp.") && found.name.endsWith(`.${app}`);
    session.show({ open: true, peer: isPublic ? addressName(found.owner, app) : found.name });
  });
}

/** What the page hands on of its own login. */
export interface Login {
  readonly authMessage: string;
  readonly ownerAddress: string;
  readonly authSig: string;
  readonly entropy?: string;
}

/**
 * The site's login authorises the public name, and never becomes a key; the site's `entropy` does, in Base64,
 * for a profile that is made now: the site could read it then (specification 3.8).
 */
export async function signedIn(session: Session, { authMessage, ownerAddress, authSig, entropy }: Login): Promise<void> {
  const { client, host } = session;
  await session.attempt(async () => {
    const login = new HostSignature(ownerAddress, authMessage, authSig);
    const { profile } = client;
    if (profile?.stage !== "ready") {
      const given = entropy === undefined ? {} : { entropy: new Entropy(fromBase64(entropy, "the site's entropy")) };
      await client.createLsp({ login, ...given });
    } else if (profile.aliases.length === 0 || profile.owner?.toLowerCase() !== ownerAddress.toLowerCase()) {
      await client.authorizeAlias(login); // told again at each page: once is enough
    }
  });
  host?.tell({ type: "event", name: "dm3-ready", detail: { profile: client.profile?.name ?? null } });
}

/** Does what the page asks about users. */
export function takeFromPage(session: Session, message: ToFrame): Promise<void> | undefined {
  if (message.type === "startConversation") return startConversation(session, message.name);
  return message.type === "signedIn" ? signedIn(session, message) : undefined;
}
