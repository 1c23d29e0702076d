/** The whole chat: head, conversation, notices, composer. */

import type { JSX } from "preact";

import { Composer } from "./composer.tsx";
import { useShown } from "./context.ts";
import { Conversation } from "./conversation.tsx";
import { Head } from "./head.tsx";

export function App(): JSX.Element {
  const { session, strings } = useShown();
  const { screen, frame, storage, client } = session;
  const { peer } = screen;
  return (
    <main class="chat" data-storage={storage.mode}>
      <Head />
      {peer === undefined ? <p class="empty">{strings.empty}</p> : <Conversation key={peer} peer={peer} />}
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
      {peer !== undefined && <Composer peer={peer} />}
      {frame.consent !== "" && client.profile === undefined && <p class="consent">{frame.consent}</p>}
    </main>
  );
}
