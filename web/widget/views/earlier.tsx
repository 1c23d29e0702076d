/** That somebody is published with earlier keys again, and the user's word on it. Loaded when needed. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { isReplaced, takeBack } from "../../client/parts/seen.ts";
import { shortName } from "../names.ts";
import { type EarlierStrings, earlierStringsFor } from "../strings/earlier/index.ts";
import { filled } from "../strings/index.ts";
import { useShown } from "./context.ts";

export function Earlier({ peer }: { peer: string }): JSX.Element {
  const { session, language } = useShown();
  const [strings, setStrings] = useState<EarlierStrings | undefined>(undefined);
  useEffect(() => void earlierStringsFor(language).then(setStrings), [language]);
  const meant = async () => {
    await takeBack(session.client.kept, peer, Date.now());
    await session.client.sendNow();
  };
  if (strings === undefined || !isReplaced(session.client.state, peer)) return <></>;
  return (
    <p class="problem" role="alert">
      {filled(strings.what, { name: shortName(peer) })}{" "}
      <button type="button" onClick={() => void session.attempt(meant)}>
        {strings.takeBack}
      </button>
    </p>
  );
}
