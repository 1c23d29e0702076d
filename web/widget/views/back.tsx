/** Other devices: a copy of the keys for them, and the ways to get the conversation back. Loaded when needed. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { protectionOf, recoveryOf } from "../../client/parts/returning.ts";
import { shortName } from "../names.ts";
import { refusalOf } from "../refusals.ts";
import { filled } from "../strings/index.ts";
import { type BackStrings, backStringsFor } from "../strings/back/index.ts";
import { type LinkStrings, linkStringsFor } from "../strings/link/index.ts";
import { useShown } from "./context.ts";
import { Keep } from "./keep.tsx";
import { Restore } from "./restore.tsx";
import { Sheet } from "./sheet.tsx";

/** The strings of this panel, and those of wallets. */
export interface PanelStrings {
  readonly back: BackStrings;
  readonly link: LinkStrings;
}

export function BackPanel({ onClose }: { onClose: () => void }): JSX.Element {
  const { session, strings: common, language } = useShown();
  const [strings, setStrings] = useState<PanelStrings | undefined>(undefined);
  useEffect(() => {
    void Promise.all([backStringsFor(language), linkStringsFor(language)]).then(([back, link]) => setStrings({ back, link }));
  }, [language]);
  const [title] = useState(session.client.profile === undefined ? common.back : common.devices);
  if (strings === undefined) return <></>;
  return (
    <Sheet title={title} onClose={onClose}>
      <Content strings={strings} />
    </Sheet>
  );
}

function Content({ strings }: { strings: PanelStrings }): JSX.Element {
  const { session, language } = useShown();
  const { state, profile } = session.client;
  const recovery = recoveryOf(state);
  const protection = protectionOf(state);
  // While a messenger is being asked there is a profile for the answer: the form stays until it was sent.
  const [began] = useState(profile === undefined);
  const restoring = profile === undefined || (began && protection === undefined && session.client.linked === undefined);
  if (recovery !== undefined) {
    const name = shortName(recovery.mainName);
    const said = recovery.rejection === undefined ? filled(strings.back.asked, { name }) : refusalOf(recovery, name, strings.link);
    return (
      <>
        <p role="status" data-recovery={recovery.rejection === undefined ? "asked" : "rejected"}>
          {said}
        </p>
        <button type="button" class="danger" onClick={() => void session.forget()}>
          {strings.back.takeBack}
        </button>
      </>
    );
  }
  if (restoring) return <Restore strings={strings} />;
  const date = (since: number) => new Intl.DateTimeFormat(language, { dateStyle: "long" }).format(since * 1000);
  return (
    <>
      {protection !== undefined && (
        <p role="status" data-protected={protection.by}>
          {filled(strings.back[`kept${protection.by}`], { date: date(protection.since) })}
        </p>
      )}
      <Keep strings={strings} />
    </>
  );
}
