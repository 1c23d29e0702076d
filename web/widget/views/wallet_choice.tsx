/** The choice of how somebody proves that an account is theirs, and the text that is then signed. */

import type { JSX } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";

import { type Injected, watchWallets } from "../../client/wallets/injected.ts";
import { type Signer, WalletRefused } from "../../client/wallets/signer.ts";
import { filled } from "../strings/index.ts";
import type { LinkStrings } from "../strings/link/index.ts";
import { placed, type Placement, placements } from "../wallets.ts";
import { useShown } from "./context.ts";
import { Readable } from "./readable.tsx";

export interface Choice {
  readonly places: readonly Placement[];
  /** The place that was chosen, whatever others came since; undefined where none was, or its wallet is gone. */
  readonly chosen: Placement | undefined;
  readonly choose: (place: Placement | undefined) => void;
  /** Shows the text that waits for the user's word. */
  readonly toRead: JSX.Element | undefined;
  /** Has `use` work with the wallet at `where`, and tells what goes wrong; to be called by a click. */
  readonly withWallet: (where: Placement, use: (wallet: Signer) => Promise<unknown>) => Promise<boolean>;
}

/** The places for wallets here, and how one of them is used; `more` are further sentences by error code. */
export function useWallets(strings: LinkStrings, more: Record<string, string> = {}): Choice {
  const { session, language } = useShown();
  const [wallets, setWallets] = useState<readonly Injected[]>([]);
  useEffect(() => watchWallets(setWallets), []);
  const places = useMemo(() => placements(wallets, session.host), [wallets, session]);
  const [chosenId, setChosenId] = useState<string | undefined>(undefined);
  const chosen = places.find(({ id }) => id === chosenId);
  const choose: Choice["choose"] = (place) => setChosenId(place?.id);
  const [reading, setReading] = useState<{ text: string; decide: (signs: boolean) => void } | undefined>(undefined);
  const show = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const decide = (signs: boolean) => {
        setReading(undefined);
        if (signs) resolve();
        else reject(new WalletRefused(strings.signedNot));
      };
      setReading({ text, decide });
    });
  const withWallet: Choice["withWallet"] = (where, use) =>
    session.attempt(async () => {
      const { wallet, done } = placed(where, language, session.host, show);
      try {
        await use(await wallet());
      } finally {
        done();
      }
    }, { ...sentences(strings), ...more });
  const toRead = reading && (
    <Readable text={reading.text} strings={strings} onSign={() => reading.decide(true)} onCancel={() => reading.decide(false)} />
  );
  return { places, chosen, choose, toRead, withWallet };
}

/** What is said of errors of wallets, by their code. */
export function sentences(strings: LinkStrings): Record<string, string> {
  return {
    "wallet-refused": strings.walletRefused,
    "wallet-silent": strings.walletRefused,
    "window-blocked": strings.windowBlocked,
    "window-closed": strings.windowClosed,
    "another-owner": strings.anotherOwner,
    "wrong-clock": strings.wrongClock,
  };
}

/** What a place is called. */
export function nameOf(where: Placement, strings: LinkStrings): string {
  if (where.by === "frame") return filled(strings.byWallet, { name: where.injected.name });
  return where.by === "window" ? strings.byWindow : strings.byPage;
}
