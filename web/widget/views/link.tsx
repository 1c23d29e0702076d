/** Linking to the visitor's own messenger: what will happen, whom to ask, where it stands. Loaded when needed. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { Dm3Error } from "../../protocol/base/index.ts";
import { type LinkRequest, linkOf } from "../../client/parts/linking.ts";
import { shortName } from "../names.ts";
import { refusalOf } from "../refusals.ts";
import { filled } from "../strings/index.ts";
import { type LinkStrings, linkStringsFor } from "../strings/link/index.ts";
import { useShown } from "./context.ts";
import type { Placement } from "../wallets.ts";
import { linkLook } from "./link.css.ts";
import { nameOf, sentences, useWallets } from "./wallet_choice.tsx";

linkLook();

export function LinkPanel({ onClose }: { onClose: () => void }): JSX.Element {
  const { session, strings: common, language } = useShown();
  const [strings, setStrings] = useState<LinkStrings | undefined>(undefined);
  useEffect(() => void linkStringsFor(language).then(setStrings), [language]);
  if (strings === undefined) return <></>;
  const asking = session.client.linked;
  const waits = asking?.state === "requested" || asking?.state === "linked";
  return (
    <section class="link" aria-label={common.link}>
      <h2>{common.link}</h2>
      {asking !== undefined && <Standing strings={strings} />}
      {!waits && <Ask strings={strings} />}
      {waits && (
        <button type="button" class="danger" onClick={() => void session.attempt(() => session.client.endLink())}>
          {asking.state === "linked" ? strings.linkEnd : strings.linkTakeBack}
        </button>
      )}
      <button type="button" onClick={onClose}>
        {common.close}
      </button>
    </section>
  );
}

function Standing({ strings }: { strings: LinkStrings }): JSX.Element {
  const { session, language } = useShown();
  const asking = session.client.linked!;
  const name = shortName(asking.mainName);
  const date = new Intl.DateTimeFormat(language, { dateStyle: "long" }).format(asking.validUntil * 1000);
  const said = {
    requested: filled(strings.linkAsked, { name }),
    linked: filled(strings.linkLinked, { name, date }),
    expired: filled(strings.linkExpired, { name }),
    unlinked:
      asking.rejection === undefined
        ? filled(strings.linkEnded, { name })
        : refusalOf(asking, name, strings),
  }[asking.state];
  const late = asking.state === "linked" && linkOf(session.client.state)?.lateKeys;
  return (
    <>
      <p role="status" data-state={asking.state}>
        {said}
      </p>
      {late && <p class="hint">{strings.lateKeys}</p>}
    </>
  );
}

function Ask({ strings }: { strings: LinkStrings }): JSX.Element {
  const { session } = useShown();
  const more = { "nothing-known": strings.linkUnknown };
  const { places, toRead, withWallet } = useWallets(strings, more);
  const [place, setPlace] = useState<Placement | undefined>(undefined);
  const [name, setName] = useState("");
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
    await (place === undefined
      ? session.attempt(() => link({ pairing: code }), said)
      : withWallet(place, (wallet) => link({ wallet })));
    setBusy(false);
  };
  if (toRead !== undefined) return toRead;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void ask();
      }}
    >
      <p>{filled(strings.linkWhat, { app: session.frame.title })}</p>
      <label>
        {strings.linkName}
        <input required dir="ltr" autocapitalize="off" spellcheck={false} value={name} onInput={(event) => setName(event.currentTarget.value)} />
      </label>
      <fieldset>
        <legend>{strings.linkBy}</legend>
        <label class="choice">
          <input type="radio" name="by" checked={place === undefined} onChange={() => setPlace(undefined)} />
          {strings.byCode}
        </label>
        {places.map((each) => (
          <label class="choice" key={nameOf(each, strings)}>
            <input type="radio" name="by" checked={place === each} onChange={() => setPlace(each)} />
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
