/** Where a wallet may sign: in this frame, in a window of this origin, or behind the page, where it offers that. */

import { toHex, utf8 } from "../protocol/base/index.ts";
import type { Host } from "./host.ts";
import { connected, type Injected } from "../client/wallets/injected.ts";
import { type AskPage, pageWallet } from "../client/wallets/page.ts";
import { shownFirst, type Signer } from "../client/wallets/signer.ts";
import { SigningWindow } from "../client/wallets/window.ts";

/** How somebody proves that an account is theirs. */
export type Placement = { readonly id: string } & (
  | { readonly by: "frame"; readonly injected: Injected }
  | { readonly by: "window" | "page" }
);

/** A wallet to be used once; `done` when it was. */
export interface Placed {
  readonly wallet: () => Promise<Signer>;
  readonly done: () => void;
}

/** The places that there are. */
export function placements(wallets: readonly Injected[], host: Host | undefined): Placement[] {
  const inFrame = wallets.map((injected) => ({ id: `wallet ${injected.id}`, by: "frame" as const, injected }));
  const page = host?.settings.wallet === undefined ? [] : [{ id: "page", by: "page" as const }];
  return [...inFrame, { id: "window", by: "window" as const }, ...page];
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
    shownFirst(where.by === "frame" ? await connected(where.injected) : await pageWallet(asking(host!)), show);
  return { wallet, done: () => undefined };
}

let asked = 0;

/** Has the page's wallet sign over the port: the page sees that text and its signature. */
function asking(host: Host): AskPage {
  return (text) =>
    new Promise((resolve, reject) => {
      const id = ++asked;
      host.signed = (message) => {
        if (message.id !== id) return;
        if (message.signature !== undefined) resolve(message.signature);
        else reject(new Error(message.refused ?? "refused"));
      };
      host.tell({ type: "sign", id, data: text && toHex(utf8(text)) });
    });
}
