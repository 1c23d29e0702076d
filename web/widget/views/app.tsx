/** The whole chat: head, conversation, notices, composer. */

import type { ComponentType, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import type { Session } from "../session.ts";
import { Composer } from "./composer.tsx";
import { useShown } from "./context.ts";
import { Conversation } from "./conversation.tsx";
import { Head } from "./head.tsx";

/** A part of the chat once it is wanted: most visitors only write. */
function useLater<Props>(wanted: boolean, load: () => Promise<ComponentType<Props>>): ComponentType<Props> | undefined {
  const [part, setPart] = useState<{ it: ComponentType<Props> } | undefined>(undefined);
  useEffect(() => {
    if (wanted) void load().then((it) => setPart({ it }));
  }, [wanted]);
  return wanted ? part?.it : undefined;
}

export function App(): JSX.Element {
  const { session, strings } = useShown();
  const { screen, frame, storage, client, mode } = session;
  const Mode = useLater(mode !== "chat" || frame.hours !== null, async () => (await import("../modes.ts")).Mode);
  const LinkPanel = useLater(screen.linking, async () => (await import("../linking.ts")).LinkPanel);
  const { peer } = screen;
  return (
    <main class="chat" data-storage={storage.mode}>
      <Head />
      {Mode !== undefined && <Mode />}
      {peer !== undefined && <Conversation key={peer} peer={peer} />}
      {peer === undefined && Mode === undefined && <p class="empty">{strings.empty}</p>}
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
