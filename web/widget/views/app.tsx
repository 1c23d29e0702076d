/** The whole chat: head, conversation, notices, composer. */

import type { ComponentType, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import type { Session } from "../session.ts";
import type { ModeStrings } from "../strings/modes/index.ts";
import { Composer } from "./composer.tsx";
import { useShown } from "./context.ts";
import { Conversation } from "./conversation.tsx";
import { Head } from "./head.tsx";

type Panel = ComponentType<{ onClose: () => void }>;

type Modes = typeof import("../modes.ts");

/** Forms, lists and hours with their words, where the application has them. */
function useModes(wanted: boolean, language: string): { parts: Modes; words: ModeStrings } | undefined {
  const [modes, setModes] = useState<{ parts: Modes; words: ModeStrings } | undefined>(undefined);
  useEffect(() => {
    if (!wanted) return;
    void import("../modes.ts").then(async (parts) => setModes({ parts, words: await parts.modeStringsFor(language) }));
  }, [wanted]);
  return modes;
}

/** The panel for linking, once it is wanted: most visitors only write. */
function useLinkPanel(wanted: boolean): Panel | undefined {
  const [panel, setPanel] = useState<{ it: Panel } | undefined>(undefined);
  useEffect(() => {
    if (wanted) void import("../linking.ts").then(({ LinkPanel }) => setPanel({ it: LinkPanel }));
  }, [wanted]);
  return wanted ? panel?.it : undefined;
}

export function App(): JSX.Element {
  const { session, strings, language } = useShown();
  const { mode } = session;
  const modes = useModes(mode !== "chat" || session.frame.hours !== null, language);
  const LinkPanel = useLinkPanel(session.screen.linking);
  const { screen, frame, storage, client } = session;
  const { peer } = screen;
  return (
    <main class="chat" data-storage={storage.mode}>
      <Head />
      {modes !== undefined && mode !== "chat" && peer !== undefined && <modes.parts.BackBar peer={peer} strings={modes.words} />}
      {peer !== undefined ? (
        <Conversation key={peer} peer={peer} />
      ) : modes === undefined || mode === "chat" ? (
        <p class="empty">{strings.empty}</p>
      ) : mode === "form" ? (
        <modes.parts.FormView strings={modes.words} />
      ) : (
        <modes.parts.People strings={modes.words} />
      )}
      {modes !== undefined && frame.hours !== null && mode !== "in-app" && (
        <modes.parts.HoursLine hours={frame.hours} away={frame.away} strings={modes.words} />
      )}
      {screen.trouble !== undefined && (
        <p class="notice" role="status">
          {strings[screen.trouble]}
        </p>
      )}
      {storage.mode === "memory" && client.profile !== undefined && (
        <p class="notice">
          {strings.memoryOnly}{" "}
          <a href={location.origin + location.pathname} target="_blank" rel="opener">
            {strings.openWindow}
          </a>
        </p>
      )}
      {screen.error !== undefined && (
        <p class="notice error" role="alert">
          {screen.error}
        </p>
      )}
      {offersLink(session) && (
        <p class="notice offer">
          {strings.linkOffer}{" "}
          <button type="button" onClick={() => session.show({ linking: true })}>
            {strings.linkStart}
          </button>
        </p>
      )}
      {LinkPanel !== undefined && <LinkPanel onClose={() => session.show({ linking: false })} />}
      {peer !== undefined && <Composer peer={peer} />}
      {frame.consent !== "" && client.profile === undefined && <p class="consent">{frame.consent}</p>}
    </main>
  );
}

/** After the first answer, gently: never before, and not while something else is said. */
function offersLink({ client, screen }: Session): boolean {
  const answered = client.state.messages.some(({ own }) => !own);
  return answered && client.linked === undefined && !screen.linking && screen.error === undefined;
}
