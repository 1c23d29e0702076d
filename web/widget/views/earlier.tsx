/** That somebody is published with earlier keys again, and the user's word on it. Loaded when needed. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { isReplaced } from "../../client/parts/seen.ts";
import { shortName } from "../names.ts";
import { type EarlierStrings, earlierStringsFor } from "../strings/earlier/index.ts";
import { filled } from "../strings/index.ts";
import { useShown } from "./context.ts";

export function Earlier({ peer }: { peer: string }): JSX.Element {
  const { session, language } = useShown();
  const [strings, setStrings] = useState<EarlierStrings | undefined>(undefined);
  useEffect(() => void earlierStringsFor(language).then(setStrings), [language]);
  if (strings === undefined || !isReplaced(session.client.state, peer)) return <></>;
  return (
    <p class="problem" role="alert">
      {filled(strings.what, { name: shortName(peer) })}{" "}
      <button type="button" onClick={() => void session.attempt(() => session.client.takeBack(peer))}>
        {strings.takeBack}
      </button>
    </p>
  );
}
