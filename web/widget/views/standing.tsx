/** Where linking stands, as a sentence: to whom, until when, or why not. */

import type { JSX } from "preact";

import { linkOf } from "../../client/parts/linking.ts";
import { shortName } from "../names.ts";
import { refusalOf } from "../refusals.ts";
import { filled } from "../strings/index.ts";
import type { LinkStrings } from "../strings/link/index.ts";
import { useShown } from "./context.ts";

/** Of somebody who was asked. */
export function Standing({ strings }: { strings: LinkStrings }): JSX.Element {
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
      <p role="status" data-state={asking.state} title={asking.mainName}>
        {said}
      </p>
      {late && <p class="hint">{strings.lateKeys}</p>}
    </>
  );
}

/** Ends the link, or takes the request back; nothing where there is neither. */
export function Ending({ strings }: { strings: LinkStrings }): JSX.Element | null {
  const { session } = useShown();
  const state = session.client.linked?.state;
  if (state !== "requested" && state !== "linked") return null;
  return (
    <button type="button" class="danger" onClick={() => void session.attempt(() => session.client.endLink())}>
      {state === "linked" ? strings.linkEnd : strings.linkTakeBack}
    </button>
  );
}
