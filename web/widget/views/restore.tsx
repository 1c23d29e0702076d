/** Getting a conversation back: by recovery code and wallet, by passkey, or through the messenger. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { parseRecoveryCode } from "../../protocol/crypto/recovery_code.ts";
import { existingPasskey } from "../../client/wallets/passkey.ts";
import type { PanelStrings } from "./back.tsx";
import { useShown } from "./context.ts";
import { backSentences, Field, Places, random } from "./parts.tsx";
import { useWallets } from "./wallet_choice.tsx";

type Way = "code" | "passkey" | "messenger";

export function Restore({ strings }: { strings: PanelStrings }): JSX.Element {
  const { session } = useShown();
  const { back } = strings;
  const wallets = useWallets(strings.link, backSentences(strings));
  const { places, choose, toRead, withWallet } = wallets;
  const [way, setWay] = useState<Way>("code");
  const [code, setCode] = useState("");
  const [main, setMain] = useState("");
  const [profile, setProfile] = useState("");
  const [pairing, setPairing] = useState("");
  const [busy, setBusy] = useState(false);
  const { client } = session;
  const chosen = wallets.chosen ?? (way === "code" ? places[0] : undefined);

  const restore = (): Promise<boolean> => {
    if (way === "passkey") {
      return session.attempt(async () => {
        const passkey = await existingPasskey(client.app, random);
        await (await client.returning()).reopenWithPasskey(passkey);
      }, backSentences(strings));
    }
    if (way === "code") {
      return session.attempt(async () => void parseRecoveryCode(code), backSentences(strings)).then(
        // The code is looked at before a window opens; the click still counts, for nothing was waited for.
        (typed) => typed && withWallet(chosen!, async (wallet) => (await client.returning()).reopenWithCode(wallet, parseRecoveryCode(code))),
      );
    }
    const request = { mainName: main.trim(), profileName: profile.trim() };
    return chosen === undefined
      ? session.attempt(() => client.recover({ ...request, pairing }), backSentences(strings))
      : withWallet(chosen, (wallet) => client.recover({ ...request, wallet }));
  };

  if (toRead !== undefined) return toRead;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        setBusy(true);
        void restore().finally(() => setBusy(false));
      }}
    >
      <fieldset>
        <legend>{back.backWhat}</legend>
        {(["code", "passkey", "messenger"] as const).map((each) => (
          <label class="choice" key={each}>
            <input type="radio" name="way" checked={way === each} onChange={() => setWay(each)} />
            {{ code: back.byCode, passkey: back.byPasskey, messenger: back.byMessenger }[each]}
          </label>
        ))}
      </fieldset>
      {way === "code" && (
        <>
          <Field label={back.code} value={code} onValue={setCode} required />
          <Places legend={back.wallet} places={places} chosen={chosen} strings={strings.link} onChoose={choose} />
        </>
      )}
      {way === "messenger" && (
        <>
          <Field label={back.main} value={main} onValue={setMain} required />
          <Field label={back.profile} value={profile} onValue={setProfile} required={chosen === undefined} />
          <p class="hint">{back.profileHint}</p>
          <Places legend={back.proof} places={places} chosen={chosen} strings={strings.link} onChoose={choose} otherwise={back.pairing} />
          {chosen === undefined && <Field label={back.pairingCode} value={pairing} onValue={setPairing} required />}
        </>
      )}
      <button type="submit" class="primary" disabled={busy}>
        {{ code: back.open, passkey: back.openPasskey, messenger: back.ask }[way]}
      </button>
    </form>
  );
}
