/** All about one's own side of this chat: name, link, copy, where answers come and what is kept; and forgetting it. */

import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import type { Protection } from "../../client/parts/returning.ts";
import { shortName } from "../names.ts";
import { filled } from "../strings/index.ts";
import { type LinkStrings, linkStringsFor } from "../strings/link/index.ts";
import { type OverviewStrings, overviewStringsFor } from "../strings/overview/index.ts";
import { useShown } from "./context.ts";
import { usePart } from "./conversation.tsx";
import { Sheet } from "./sheet.tsx";
import { Ending, Standing } from "./standing.tsx";

interface Words {
  readonly own: OverviewStrings;
  readonly link: LinkStrings;
}

export function Overview({ onClose }: { onClose: () => void }): JSX.Element {
  const { session, strings: common, language } = useShown();
  const [words, setWords] = useState<Words | undefined>(undefined);
  useEffect(() => {
    void Promise.all([overviewStringsFor(language), linkStringsFor(language)]).then(([own, link]) => setWords({ own, link }));
  }, [language]);
  const { profile, linked, state } = session.client;
  const Keys = usePart([true], async () => (await import("../seen.ts")).Keys);
  const gone = profile === undefined; // another tab may have had it forgotten
  useEffect(() => {
    if (gone) onClose();
  }, [gone]);
  if (words === undefined || gone) return <></>;
  const { own } = words;
  const [alias] = profile.aliases;
  const copy = state.parts["protected"] as Protection | undefined;
  const since = copy && new Intl.DateTimeFormat(language, { dateStyle: "long" }).format(copy.since * 1000);
  const to = (panel: "linking" | "back") => () => session.show({ panel });
  return (
    <Sheet title={own.title} onClose={onClose}>
      <dl>
        <Part title={own.name}>
          <p>{alias === undefined ? own.anonymous : own.verified}</p>
          <code dir="ltr" data-name>
            {alias ?? profile.name}
          </code>
        </Part>
        <Part title={own.messenger}>
          {linked === undefined ? <p data-state="none">{own.notLinked}</p> : <Standing strings={words.link} />}
          {linked?.state !== "requested" && (
            <button type="button" onClick={to("linking")}>
              {linked?.state === "linked" ? words.link.linkRenew : common.link}
            </button>
          )}
          <Ending strings={words.link} />
        </Part>
        <Part title={own.devices}>
          <p>{since === undefined ? own.notKept : filled(own.kept, { date: since })}</p>
          <button type="button" onClick={to("back")}>
            {common.devices}
          </button>
        </Part>
        <Answers own={own} />
        <Part title={own.place}>
          <p>{own[session.storage.mode]}</p>
          <Forgetting own={own} />
        </Part>
      </dl>
      {Keys !== undefined && <Keys />}
    </Sheet>
  );
}

function Part({ title, children }: { title: string; children: ComponentChildren }): JSX.Element {
  return (
    <>
      <dt>{title}</dt>
      <dd>{children}</dd>
    </>
  );
}

/** The ways by which answers come: one line for each that is there. A further one, such as e-mail, is a line here. */
function Answers({ own }: { own: OverviewStrings }): JSX.Element {
  const { linked } = useShown().session.client;
  const ways = [own.here];
  if (linked?.state === "linked") ways.push(filled(own.linked, { name: shortName(linked.mainName) }));
  return (
    <Part title={own.answers}>
      {ways.map((way) => (
        <p key={way}>{way}</p>
      ))}
    </Part>
  );
}

/** Says what is lost before it is. */
function Forgetting({ own }: { own: OverviewStrings }): JSX.Element {
  const { session, strings } = useShown();
  const [sure, setSure] = useState(false);
  const cancel = useRef<HTMLButtonElement>(null);
  useEffect(() => cancel.current?.focus(), [sure]);
  if (!sure) {
    return (
      <button type="button" class="danger" onClick={() => setSure(true)}>
        {own.forgetAll}
      </button>
    );
  }
  return (
    <>
      <p role="alert">{own.forgetSure}</p>
      <button
        type="button"
        class="danger"
        onClick={() => {
          session.show({ panel: undefined });
          void session.forget();
        }}
      >
        {own.forget}
      </button>
      <button type="button" ref={cancel} onClick={() => setSure(false)}>
        {strings.cancel}
      </button>
    </>
  );
}
