/** Wallets that inject themselves into this frame (EIP-6963, else EIP-1193): nobody else sees what they sign. */

import { InvalidInput, toHex, utf8 } from "../../protocol/base/index.ts";
import { checksumAddress, type Wallet } from "../../protocol/crypto/index.ts";

/** What a wallet offers to pages (EIP-1193). */
export interface Provider {
  request(ask: { readonly method: string; readonly params?: readonly unknown[] }): Promise<unknown>;
}

/** A wallet that is here: its name, and its provider. */
export interface Injected {
  readonly name: string;
  readonly provider: Provider;
}

/** The user has not agreed, or the wallet cannot. */
export class WalletRefused extends InvalidInput {
  override readonly code = "wallet-refused";
}

/** The wallets in this frame; they announce themselves at once when they are asked (EIP-6963). */
export function injectedWallets(): Injected[] {
  const found: Injected[] = [];
  const take = (event: Event) => {
    const { info, provider } = (event as CustomEvent<{ info: { name: string }; provider: Provider }>).detail;
    found.push({ name: String(info?.name ?? "").slice(0, 60), provider });
  };
  addEventListener("eip6963:announceProvider", take);
  dispatchEvent(new Event("eip6963:requestProvider"));
  removeEventListener("eip6963:announceProvider", take);
  const { ethereum } = globalThis as { ethereum?: Provider };
  if (found.length === 0 && ethereum !== undefined) found.push({ name: "Ethereum", provider: ethereum });
  return found;
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
