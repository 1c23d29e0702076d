/** The signing window: the account is chosen here, the text is read here, and only then the wallet signs. */

import { render } from "preact";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { Dm3Error } from "../../protocol/base/index.ts";
import type { Wallet } from "../../protocol/crypto/index.ts";
import { connected, type Injected, watchWallets } from "../../client/wallets/injected.ts";
import { WalletSilent } from "../../client/wallets/signer.ts";
import type { WindowAnswer, WindowAsk } from "../../client/wallets/window.ts";
import { directionOf, filled } from "../strings/index.ts";
import { type LinkStrings, linkStringsFor } from "../strings/link/index.ts";
import { Readable } from "./readable.tsx";
import { linkLook } from "./link.css.ts";

/** Shows the window in the language that its address names, and answers the frame that has opened it. */
export async function showSigningWindow(root: HTMLElement): Promise<void> {
  const language = location.hash.split("=")[1] ?? "en";
  document.documentElement.lang = language;
  document.documentElement.dir = directionOf(language);
  linkLook();
  const strings = await linkStringsFor(language);
  const { port1, port2 } = new MessageChannel();
  render(<Signing strings={strings} port={port1} />, root);
  // Only a frame of this origin gets the port; whoever else has opened the window gets nothing.
  (window.opener as Window | null)?.postMessage("dm3-signing", location.origin, [port2]);
}

function Signing({ strings, port }: { strings: LinkStrings; port: MessagePort }): JSX.Element {
  const [wallets, setWallets] = useState<readonly Injected[]>([]);
  useEffect(() => watchWallets(setWallets), []);
  const [asked, setAsked] = useState<string | undefined>(undefined);
  const [wallet, setWallet] = useState<Wallet | undefined>(undefined);
  useEffect(() => {
    port.onmessage = ({ data }: MessageEvent<WindowAsk>) => setAsked(data.text);
  }, [port]);
  const answer = async (given: () => Promise<string>) => {
    setAsked(undefined);
    let told: WindowAnswer;
    try {
      told = { given: await given() };
    } catch (error) {
      if (!(error instanceof Dm3Error)) throw error;
      told = { refused: error.message, silent: error instanceof WalletSilent };
    }
    port.postMessage(told);
  };
  const choose = (injected: Injected) =>
    answer(async () => {
      const chosen = await connected(injected);
      setWallet(chosen);
      return chosen.address;
    });
  return (
    <main class="chat">
      <section class="link" aria-label={strings.windowTitle}>
        <h2>{strings.windowTitle}</h2>
        {wallets.length === 0 && <p role="alert">{strings.walletNone}</p>}
        {asked === undefined && <p role="status">{strings.windowWaits}</p>}
        {asked === "" &&
          wallets.map((injected) => (
            <button type="button" class="primary" key={injected.id} onClick={() => void choose(injected)}>
              {filled(strings.windowChoose, { name: injected.name })}
            </button>
          ))}
        {asked !== undefined && asked !== "" && wallet !== undefined && (
          <Readable
            text={asked}
            strings={strings}
            onSign={() => void answer(() => wallet.signMessage(asked))}
            onCancel={() => window.close()}
          />
        )}
      </section>
    </main>
  );
}
