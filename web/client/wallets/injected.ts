/** Wallets that inject themselves into this frame (EIP-6963, else EIP-1193): nobody else sees what they sign. */

import { toHex, utf8 } from "../../protocol/base/index.ts";
import { checksumAddress, type Wallet } from "../../protocol/crypto/index.ts";
import { WalletRefused, WalletSilent } from "./signer.ts";

/** What a wallet offers to pages (EIP-1193). */
export interface Provider {
  request(ask: { readonly method: string; readonly params?: readonly unknown[] }): Promise<unknown>;
}

/** A wallet that is here: its name, its provider, and what tells it from others while this page is open. */
export interface Injected {
  readonly id: string;
  readonly name: string;
  readonly provider: Provider;
}

/** What a wallet says of itself (EIP-6963), as far as it is used here. */
interface Info {
  readonly name?: string;
  readonly uuid?: string;
}

const ids = new WeakMap<Provider, string>();

/** A provider keeps the first id that it had here, also where it announces itself later. */
function injected(provider: Provider, info?: Info): Injected {
  const id = ids.get(provider) ?? String(info?.uuid ?? crypto.randomUUID());
  ids.set(provider, id);
  return { id, name: String(info?.name ?? "Ethereum").slice(0, 60), provider };
}

/**
 * Tells the wallets that are here, at once and whenever another announces itself (EIP-6963; else EIP-1193's
 * one); gives the way to stop.
 */
export function watchWallets(tell: (found: readonly Injected[]) => void): () => void {
  const found: Injected[] = [];
  let watching = false; // who answers at once is told together
  /** The one that does not announce itself: it stays when another one comes late, for it may have been chosen. */
  let silent: Injected | undefined;
  const told = () => {
    const { ethereum } = globalThis as { ethereum?: Provider };
    if (found.length === 0 && ethereum !== undefined) silent = injected(ethereum);
    tell(silent === undefined || found.some(({ id }) => id === silent!.id) ? [...found] : [silent, ...found]);
  };
  const take = (event: Event) => {
    const { info, provider } = (event as CustomEvent<{ info?: Info; provider?: Provider }>).detail ?? {};
    if (typeof provider !== "object" || provider === null) return;
    const wallet = injected(provider, info);
    if (found.some(({ id }) => id === wallet.id)) return;
    found.push(wallet);
    if (watching) told();
  };
  addEventListener("eip6963:announceProvider", take);
  addEventListener("ethereum#initialized", told);
  dispatchEvent(new Event("eip6963:requestProvider"));
  watching = true;
  told();
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
  if (typeof account !== "string") throw new WalletSilent("the wallet has given no account");
  return {
    address: checksumAddress(account),
    async signMessage(text) {
      const signature = await ask("personal_sign", [toHex(utf8(text)), account]);
      if (typeof signature !== "string") throw new WalletSilent("the wallet has given no signature");
      return signature;
    },
  };
}
