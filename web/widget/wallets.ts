/** Where a wallet may sign: in this frame, in a window of this origin, or behind the page, where it offers that. */

import type { Host } from "./host.ts";
import { connected, type Injected } from "../client/wallets/injected.ts";
import { pageWallet } from "../client/wallets/page.ts";
import { shownFirst, type Signer } from "../client/wallets/signer.ts";
import { SigningWindow } from "../client/wallets/window.ts";

/** How somebody proves that an account is theirs. */
export type Placement = { readonly by: "frame"; readonly injected: Injected } | { readonly by: "window" } | { readonly by: "page" };

/** A wallet to be used once; `done` when it was. */
export interface Placed {
  readonly wallet: () => Promise<Signer>;
  readonly done: () => void;
}

/** The places that there are. */
export function placements(wallets: readonly Injected[], host: Host | undefined): Placement[] {
  const inFrame = wallets.map((injected) => ({ by: "frame" as const, injected }));
  const page = host?.settings.wallet === undefined ? [] : [{ by: "page" as const }];
  return [...inFrame, { by: "window" as const }, ...page];
}

/**
 * The wallet there; to be called by a click itself, for a window is opened by clicks only. In frame and page
 * `show` has the text read first; the window does that itself.
 */
export function placed(where: Placement, language: string, host: Host | undefined, show: (text: string) => Promise<void>): Placed {
  if (where.by === "window") {
    const opened = SigningWindow.open(`${location.origin}${location.pathname}#sign=${language}`);
    return { wallet: () => opened.wallet(), done: () => opened.close() };
  }
  const wallet = async () =>
    shownFirst(where.by === "frame" ? await connected(where.injected) : await pageWallet((text) => host!.sign(text)), show);
  return { wallet, done: () => undefined };
}
