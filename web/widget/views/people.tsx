/** Conversations with other users of the application: the list of them, and a new one by name. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { namesApart } from "../../client/parts/seen.ts";
import { withoutPiles } from "../combining_marks.ts";
import { shortName } from "../names.ts";
import { filled } from "../strings/index.ts";
import type { ModeStrings } from "../strings/modes/index.ts";
import { startConversation } from "../users.ts";
import { useShown } from "./context.ts";

export function People({ strings }: { strings: ModeStrings }): JSX.Element {
  const { session, language } = useShown();
  const [name, setName] = useState("");
  const [busy, setBusy] = useState(false);
  const time = new Intl.DateTimeFormat(language, { dateStyle: "short", timeStyle: "short" });
  const conversations = session.client.conversations();
  const apart = namesApart(session.client.state).filter((name) => !conversations.some(({ peer }) => peer === name));
  const start = async () => {
    setBusy(true);
    await startConversation(session, name.trim());
    setBusy(false);
  };
  return (
    <section class="people" aria-label={strings.people}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void start();
        }}
      >
        <label>
          {strings.personName}
          <input required dir="ltr" autocapitalize="off" spellcheck={false} value={name} onInput={(event) => setName(event.currentTarget.value)} />
        </label>
        <button type="submit" class="primary" disabled={busy}>
          {strings.personOpen}
        </button>
      </form>
      {conversations.length + apart.length === 0 && <p class="hint">{strings.nobody}</p>}
      <ul>
        {conversations.map(({ peer, lastAt, unread, preview }) => (
          <li key={peer}>
            <button type="button" title={peer} onClick={() => session.show({ peer })}>
              <b dir="auto">{shortName(peer)}</b>
              <time dateTime={new Date(lastAt).toISOString()}>{time.format(lastAt)}</time>
              <span dir="auto">{withoutPiles(preview.slice(0, 200))}</span>
              {unread > 0 && <em aria-label={filled(strings.unread, { count: unread })}>{unread}</em>}
            </button>
          </li>
        ))}
        {apart.map((peer) => (
          <li key={peer}>
            <button type="button" title={peer} onClick={() => session.show({ peer })}>
              <b dir="auto">{shortName(peer)}</b>
              <span>{strings.apart}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The way back from a conversation to the form or the list. */
export function BackBar({ peer, strings }: { peer: string; strings: ModeStrings }): JSX.Element {
  const { session } = useShown();
  return (
    <nav class="back">
      <button type="button" onClick={() => session.show({ peer: undefined })}>
        <span aria-hidden="true">←</span> {strings.back}
      </button>
      <b title={peer} dir="auto">
        {shortName(peer)}
      </b>
    </nav>
  );
}
