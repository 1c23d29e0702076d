/**
 * A signing window of this origin: for wallets that do not come into frames.
 *
 * Window and frame find each other as opener and opened, of the same origin, and talk over a port of their own.
 */

import { checksumAddress, type Wallet } from "../../protocol/crypto/index.ts";
import { WalletRefused, WalletSilent, WindowBlocked, WindowClosed } from "./signer.ts";

const LOOKED_EVERY = 250;
const SHAPE = "popup,width=440,height=680";

/** Frame to window: the account is asked for with an empty text. */
export interface WindowAsk {
  readonly text: string;
}

/** Window to frame; `silent`: the wallet has not refused, and has given nothing. */
export type WindowAnswer = { readonly given: string } | { readonly refused: string; readonly silent: boolean };

export class SigningWindow {
  #port: MessagePort | undefined;
  #waiting: { resolve: (given: string) => void; reject: (error: Error) => void; text: string } | undefined;
  readonly #watch: ReturnType<typeof setInterval>;

  private constructor(readonly opened: Window) {
    addEventListener("message", this.#met);
    this.#watch = setInterval(() => opened.closed && this.#end(), LOOKED_EVERY);
  }

  /** Opens the window at `address`; only a click may. Throws `WindowBlocked`. */
  static open(address: string): SigningWindow {
    const opened = window.open(address, "_blank", SHAPE);
    if (opened === null) throw new WindowBlocked("the browser has blocked the window");
    return new SigningWindow(opened);
  }

  /** The account that the user chooses there. Throws `WalletRefused` or `WindowClosed`. */
  async wallet(): Promise<Wallet> {
    const account = await this.#ask("");
    if (!/^0x[0-9a-f]{40}$/i.test(account)) throw new WalletSilent("the wallet has given no account");
    return { address: checksumAddress(account.toLowerCase()), signMessage: (text) => this.#ask(text) };
  }

  close(): void {
    this.opened.close();
    this.#end();
  }

  readonly #met = (event: MessageEvent): void => {
    if (event.source !== this.opened || event.origin !== location.origin || event.data !== "dm3-signing") return;
    const port = event.ports[0];
    if (port === undefined) return;
    this.#port?.close(); // the window was loaded anew
    this.#port = port;
    port.onmessage = ({ data }: MessageEvent<WindowAnswer>) => {
      const waiting = this.#waiting;
      this.#waiting = undefined;
      if ("given" in data) waiting?.resolve(String(data.given));
      else waiting?.reject(new (data.silent ? WalletSilent : WalletRefused)(data.refused));
    };
    if (this.#waiting !== undefined) this.#tell(this.#waiting.text);
  };

  #ask(text: string): Promise<string> {
    return new Promise((resolve, reject) => {
      if (this.opened.closed) return reject(new WindowClosed("the window was closed before it had signed"));
      this.#waiting = { resolve, reject, text };
      if (this.#port !== undefined) this.#tell(text);
    });
  }

  #tell(text: string): void {
    this.#port!.postMessage({ text } satisfies WindowAsk);
  }

  #end(): void {
    clearInterval(this.#watch);
    removeEventListener("message", this.#met);
    this.#waiting?.reject(new WindowClosed("the window was closed before it had signed"));
    this.#waiting = undefined;
  }
}
