/** Keeping a sealed copy for other devices: under a recovery code, shown once and checked, or under a passkey. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { MistypedCode, newRecoveryCode, parseRecoveryCode, printRecoveryCode, type RecoveryCode } from "../../protocol/crypto/recovery_code.ts";
import { newPasskey } from "../../client/wallets/passkey.ts";
import type { PanelStrings } from "./back.tsx";
import { useShown } from "./context.ts";
import { backSentences, Field, Places, random } from "./parts.tsx";
import { useWallets } from "./wallet_choice.tsx";

export function Keep({ strings }: { strings: PanelStrings }): JSX.Element {
  const { session } = useShown();
  const { back } = strings;
  const [code, setCode] = useState<RecoveryCode | undefined>(undefined);
  const [busy, setBusy] = useState(false);
  const { client, frame } = session;
  if (code !== undefined) return <Code code={code} strings={strings} onKept={() => setCode(undefined)} />;
  const byPasskey = () =>
    session.attempt(async () => {
      const passkey = await newPasskey(client.app, frame.title, random);
      await (await client.returning()).protectWithPasskey(passkey);
    }, backSentences(strings));
  return (
    <>
      <p>{back.keepWhat}</p>
      <button type="button" class="primary" onClick={() => setCode(newRecoveryCode(random))}>
        {back.makeCode}
      </button>
      <button
        type="button"
        disabled={busy}
        onClick={() => {
          setBusy(true);
          void byPasskey().finally(() => setBusy(false));
        }}
      >
        {back.makePasskey}
      </button>
    </>
  );
}

/** The code, once; the copy is kept when it was typed in again. */
function Code({ code, strings, onKept }: { code: RecoveryCode; strings: PanelStrings; onKept: () => void }): JSX.Element {
  const { session } = useShown();
  const { back } = strings;
  const wallets = useWallets(strings.link, backSentences(strings));
  const { places, choose, toRead, withWallet } = wallets;
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const chosen = wallets.chosen ?? places[0];
  const keep = async () => {
    const same = await session.attempt(async () => {
      if (printRecoveryCode(parseRecoveryCode(typed)) !== printRecoveryCode(code)) throw new MistypedCode(back.codeOther);
    }, { "mistyped-code": back.codeOther });
    if (same && (await withWallet(chosen!, async (wallet) => (await session.client.returning()).protectWithCode(wallet, code)))) onKept();
  };
  if (toRead !== undefined) return toRead;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        setBusy(true);
        void keep().finally(() => setBusy(false));
      }}
    >
      <p>{back.codeOnce}</p>
      <output class="code" dir="ltr">
        {printRecoveryCode(code)}
      </output>
      <Field label={back.codeAgain} value={typed} onValue={setTyped} required />
      <Places legend={back.wallet} places={places} chosen={chosen} strings={strings.link} onChoose={choose} />
      <p class="hint">{back.codePublic}</p>
      <button type="submit" class="primary" disabled={busy}>
        {back.keepCode}
      </button>
    </form>
  );
}
