/** Linking to the visitor's own messenger: what will happen, whom to ask, where it stands. Loaded when needed. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { Dm3Error } from "../../protocol/base/index.ts";
import type { LinkRequest } from "../../client/parts/linking.ts";
import { filled } from "../strings/index.ts";
import { type LinkStrings, linkStringsFor } from "../strings/link/index.ts";
import { useShown } from "./context.ts";
import { Sheet } from "./sheet.tsx";
import { Ending, Standing } from "./standing.tsx";
import { nameOf, sentences, useWallets } from "./wallet_choice.tsx";

export function LinkPanel({ onClose }: { onClose: () => void }): JSX.Element {
  const { session, strings: common, language } = useShown();
  const [strings, setStrings] = useState<LinkStrings | undefined>(undefined);
  // Who comes here with a link wants to renew it.
  const [renewing, setRenewing] = useState(session.client.linked?.state === "linked");
  useEffect(() => void linkStringsFor(language).then(setStrings), [language]);
  if (strings === undefined) return <></>;
  const asking = session.client.linked;
  const linked = asking?.state === "linked";
  return (
    <Sheet title={common.link} onClose={onClose}>
      {asking !== undefined && <Standing strings={strings} />}
      {(linked ? renewing : asking?.state !== "requested") && (
        <Ask key={asking?.state} strings={strings} renewed={linked ? asking.mainName : undefined} onAsked={() => setRenewing(false)} />
      )}
      <Ending strings={strings} />
    </Sheet>
  );
}

interface AskProperties {
  readonly strings: LinkStrings;
  /** The messenger whose link is renewed; undefined for a first one. */
  readonly renewed: string | undefined;
  readonly onAsked: () => void;
}

function Ask({ strings, renewed, onAsked }: AskProperties): JSX.Element {
  const { session } = useShown();
  const more = { "nothing-known": strings.linkUnknown };
  const { places, chosen: place, choose, toRead, withWallet } = useWallets(strings, more);
  const [name, setName] = useState(renewed ?? "");
  const [code, setCode] = useState("");
  const [busy, setBusy] = useState(false);
  /** The name of which nothing is known, and whether it is to be asked all the same. */
  const [unknown, setUnknown] = useState<{ name: string; allowed: boolean } | undefined>(undefined);
  const isUnknown = unknown?.name === name.trim();
  const link = async (chosen: Partial<LinkRequest>) => {
    if (session.client.profile?.stage !== "ready") await session.client.createLsp();
    const mainName = name.trim();
    try {
      await session.client.link({ mainName, allowUnknown: isUnknown && unknown.allowed, ...chosen });
    } catch (error) {
      if (error instanceof Dm3Error && error.code === "nothing-known") setUnknown({ name: mainName, allowed: false });
      throw error;
    }
  };
  const said = { ...sentences(strings), ...more };
  const ask = async () => {
    setBusy(true);
    // A window is opened by the click itself: nothing is waited for before.
    const asked = await (place === undefined
      ? session.attempt(() => link({ pairing: code }), said)
      : withWallet(place, (wallet) => link({ wallet })));
    setBusy(false);
    if (asked) onAsked();
  };
  if (toRead !== undefined) return toRead;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void ask();
      }}
    >
      {renewed === undefined && <p>{filled(strings.linkWhat, { app: session.frame.title })}</p>}
      <label>
        {strings.linkName}
        <input required readOnly={renewed !== undefined} dir="ltr" autocapitalize="off" spellcheck={false} value={name} onInput={(event) => setName(event.currentTarget.value)} />
      </label>
      <fieldset>
        <legend>{strings.linkBy}</legend>
        <label class="choice">
          <input type="radio" name="by" checked={place === undefined} onChange={() => choose(undefined)} />
          {strings.byCode}
        </label>
        {places.map((each) => (
          <label class="choice" key={each.id}>
            <input type="radio" name="by" checked={place === each} onChange={() => choose(each)} />
            {nameOf(each, strings)}
          </label>
        ))}
      </fieldset>
      {place === undefined ? (
        <>
          <label>
            {strings.linkCode}
            <input required dir="ltr" autocomplete="one-time-code" spellcheck={false} value={code} onInput={(event) => setCode(event.currentTarget.value)} />
          </label>
          <p class="hint">{strings.linkHow}</p>
        </>
      ) : (
        <p class="hint">{place.by === "page" ? strings.byPageHint : strings.byWalletHint}</p>
      )}
      {isUnknown && (
        <label class="choice">
          <input type="checkbox" checked={unknown.allowed} onChange={(event) => setUnknown({ ...unknown, allowed: event.currentTarget.checked })} />
          {strings.askUnknown}
        </label>
      )}
      <button type="submit" class="primary" disabled={busy}>
        {strings.linkAsk}
      </button>
    </form>
  );
}
