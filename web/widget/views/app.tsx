/** The whole chat: head, conversation, notices, composer. */

import type { ComponentType, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { loaded, type Session } from "../session.ts";
import { Composer } from "./composer.tsx";
import { useShown, useStill } from "./context.ts";
import { Conversation } from "./conversation.tsx";
import { Head } from "./head.tsx";

type Panel = ComponentType<{ onClose: () => void }>;

const PANELS = { overview: () => import("../overview.ts"), linking: () => import("../linking.ts"), back: () => import("../back.ts"), mode: () => import("../modes.ts") };

/** The panel that is wanted, once it is there: most visitors only write. */
function usePanel(wanted: keyof typeof PANELS | undefined): Panel | undefined {
  const { session } = useStill();
  const [panel, setPanel] = useState<{ it: Panel; of: typeof wanted } | undefined>(undefined);
  useEffect(() => {
    if (wanted) void session.attempt(async () => setPanel({ it: (await loaded<{ Panel: Panel }>(PANELS[wanted]())).Panel, of: wanted }));
  }, [wanted]);
  return wanted === panel?.of ? panel?.it : undefined;
}

export function App(): JSX.Element {
  const { session, strings } = useShown();
  const { screen, frame, storage, client, mode } = session;
  const Opened = usePanel(screen.panel);
  const Mode = usePanel(mode !== "chat" || frame.hours !== null ? "mode" : undefined);
  const close = () => session.show({ panel: undefined });
  const { peer } = screen;
  return (
    <main class="chat" data-storage={storage.mode}>
      <Head />
      {Mode !== undefined && <Mode onClose={close} />}
      {peer !== undefined ? <Conversation key={peer} peer={peer} /> : Mode === undefined && <p class="empty" />}
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
          {screen.error()}
        </p>
      )}
      {offersLink(session) && (
        <p class="notice offer">
          {strings.linkOffer}{" "}
          <button type="button" onClick={() => session.show({ panel: "linking" })}>
            {strings.linkStart}
          </button>
        </p>
      )}
      {Opened !== undefined && <Opened onClose={close} />}
      {client.profile === undefined && !screen.panel && (
        <p class="notice offer">
          <button type="button" onClick={() => session.show({ panel: "back" })}>
            {strings.back}
          </button>
        </p>
      )}
      {peer !== undefined && <Composer peer={peer} />}
      {frame.consent !== "" && client.profile === undefined && <p class="consent">{frame.consent}</p>}
    </main>
  );
}

/** After the first answer, gently: never before, and not while something else is said. */
function offersLink({ client, screen }: Session): boolean {
  const answered = client.state.messages.some(({ own }) => !own);
  return answered && client.linked === undefined && !screen.panel && screen.error === undefined;
}
