/** The host page's own wallet: it sees the text and the signature, and never what keys come from. */

import { checksumAddress } from "../../protocol/crypto/index.ts";
import { type OpenSigner, WalletRefused, WalletSilent } from "./signer.ts";

/** Has the page's wallet sign; an empty text asks for its account. */
export type AskPage = (text: string) => Promise<string>;

/** The account of the page's wallet. Throws `WalletRefused`, `WalletSilent`. */
export async function pageWallet(ask: AskPage): Promise<OpenSigner> {
  const asked = async (text: string) => {
    try {
      return await ask(text);
    } catch (error) {
      throw new WalletRefused(String((error as Error)?.message ?? error).slice(0, 300));
    }
  };
  const account = await asked("");
  if (!/^0x[0-9a-f]{40}$/i.test(account)) throw new WalletSilent("the page's wallet has given no account");
  return { address: checksumAddress(account.toLowerCase()), signOpenly: asked };
}
