/** Who signs what is no secret: a wallet that is here, or one behind the host page, which sees text and signature. */

import { InvalidInput } from "../../protocol/base/index.ts";
import { givesKeys } from "../../protocol/crypto/key_text.ts";
import type { Wallet } from "../../protocol/crypto/index.ts";

/**
 * An account whose signatures others see, too. It is no `Wallet`: keys never come from what it signs, which the
 * type checker sees to.
 */
export interface OpenSigner {
  readonly address: string;
  /** Signs `text` with `personal_sign`; rejects when the user refuses. */
  signOpenly(text: string): Promise<string>;
}

/** For Link Messages, aliases and challenges. */
export type Signer = Wallet | OpenSigner;

/** The user has not agreed, or the wallet cannot. */
export class WalletRefused extends InvalidInput {
  override readonly code: string = "wallet-refused";
}

/** The wallet has answered with nothing that can be used. */
export class WalletSilent extends WalletRefused {
  override readonly code = "wallet-silent";
}

/** Another account has signed than the one that was named. */
export class AnotherSigner extends InvalidInput {
  override readonly code = "another-signer";

  constructor() {
    super("another account has signed");
  }
}

/** The browser has not opened the signing window. */
export class WindowBlocked extends WalletRefused {
  override readonly code = "window-blocked";
}

/** The signing window was closed before it had signed. */
export class WindowClosed extends WalletRefused {
  override readonly code = "window-closed";
}

/** The signature over `text`, by whichever of both it is. */
export function signatureOf(signer: Signer, text: string): Promise<string> {
  return "signOpenly" in signer ? signer.signOpenly(text) : signer.signMessage(text);
}

/** The same account, where `show` lets the user read each text first and rejects when they do not want to sign. */
export function shownFirst(signer: Signer, show: (text: string) => Promise<void>): OpenSigner {
  return {
    address: signer.address,
    async signOpenly(text) {
      await show(text);
      if (givesKeys(text)) throw new WalletRefused("with this signature somebody would get the keys of a profile");
      return signatureOf(signer, text);
    },
  };
}
