/** Keys from the visitor's own wallet (specification 3.2, way 1). Loaded when it is needed. */

import { checksumAddress, keyCreationText, newNonce, ownSignature, type RandomBytes, seedFrom, type Wallet, walletKeyFrom } from "../../protocol/crypto/index.ts";
import type { Identity } from "../state.ts";
import { type Application, identity } from "./creation.ts";

/** Makes keys from a wallet's signature over our own text (way 1); the wallet shows that text. */
export async function keysBySigning(application: Application, wallet: Wallet, random: RandomBytes): Promise<Identity> {
  const owner = checksumAddress(wallet.address);
  const nonce = newNonce(random);
  const message = { owner, nonce, domain: new URL(application.page).host, uri: application.page };
  const signature = ownSignature(message, await wallet.signMessage(keyCreationText(message)));
  const seed = seedFrom(signature);
  return identity(application, { seed, nonce, owner, wallet: walletKeyFrom(seed), isRandom: false }, random);
}
