/** Wallets that inject themselves into this frame (EIP-6963, else EIP-1193): nobody else sees what they sign. */

import { toHex, utf8 } from "../../protocol/base/index.ts";
import { checksumAddress, type Wallet } from "../../protocol/crypto/index.ts";
import { WalletRefused } from "./signer.ts";

/** What a wallet offers to pages (EIP-1193). */
export interface Provider {
  request(ask: { readonly method: string; readonly params?: readonly unknown[] }): Promise<unknown>;
}

/** A wallet that is here: its name, and its provider. */
export interface Injected {
  readonly name: string;
  readonly provider: Provider;
}

/**
 * Tells the wallets that are here, at once and whenever another announces itself (EIP-6963; else EIP-1193's
 * one); gives the way to stop.
 */
export function watchWallets(tell: (found: readonly Injected[]) => void): () => void {
  const found: Injected[] = [];
  const told = () => {
    const { ethereum } = globalThis as { ethereum?: Provider };
    tell(found.length === 0 && ethereum !== undefined ? [{ name: "Ethereum", provider: ethereum }] : [...found]);
  };
  const take = (event: Event) => {
    const { info, provider } = (event as CustomEvent<{ info?: { name?: string }; provider?: Provider }>).detail ?? {};
    if (provider === undefined || found.some((known) => known.provider === provider)) return;
    found.push({ name: String(info?.name ?? "Ethereum").slice(0, 60), provider });
    told();
  };
  addEventListener("eip6963:announceProvider", take);
  addEventListener("ethereum#initialized", told);
  told();
  dispatchEvent(new Event("eip6963:requestProvider"));
  return () => {
    removeEventListener("eip6963:announceProvider", take);
    removeEventListener("ethereum#initialized", told);
  };
}

/** The account that the user chooses in the wallet. Throws `WalletRefused`. */
export async function connected({ provider }: Injected): Promise<Wallet> {
  const ask = async (method: string, params: readonly unknown[] = []) => {
    try {
      return await provider.request({ method, params });
    } catch (error) {
      throw new WalletRefused(String((error as Error)?.message ?? error).slice(0, 300));
    }
  };
  const accounts = await ask("eth_requestAccounts");
  const account = Array.isArray(accounts) ? accounts[0] : undefined;
  if (typeof account !== "string") throw new WalletRefused("the wallet has given no account");
  return {
    address: checksumAddress(account),
    async signMessage(text) {
      const signature = await ask("personal_sign", [toHex(utf8(text)), account]);
      if (typeof signature !== "string") throw new WalletRefused("the wallet has given no signature");
      return signature;
    },
  };
}
