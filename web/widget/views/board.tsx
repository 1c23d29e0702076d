/** A billboard: public statements as they are published, each verified, and a field for one's own. */

import type { JSX } from "preact";
import { useEffect, useMemo, useReducer, useState } from "preact/hooks";

import { shortName } from "../names.ts";
import { type Standing, Statements } from "../statements.ts";
import { filled } from "../strings/index.ts";
import { type BoardStrings, boardStringsFor } from "../strings/board/index.ts";
import { useShown } from "./context.ts";

const MOST_CHARS = 1_000;
const LOOK_MS = 3_000;

export function BoardView(): JSX.Element | null {
  const { session, language } = useShown();
  const [strings, setStrings] = useState<BoardStrings | undefined>(undefined);
  const [, again] = useReducer((count: number) => count + 1, 0);
  const board = session.frame.board!;
  const statements = useMemo(() => new Statements(session.client, board, () => again(undefined as never)), [session, board]);
  useEffect(() => void boardStringsFor(language).then(setStrings), [language]);
  useEffect(() => {
    const stop = new AbortController();
    void statements.follow(stop.signal);
    return () => stop.abort();
  }, [statements]);
  if (strings === undefined) return null;
  const shown = statements.all;
  const hashes = new Set(shown.map(({ hash }) => hash));
  const own = session.client.state.messages.filter(({ own, peer, type }) => own && peer === board && type === "NEW");
  const time = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
  const unpublished = own.filter(({ hash }) => !hashes.has(hash));
  return (
    <section class="board" aria-label={strings.board}>
      {statements.before !== undefined && (
        <button type="button" class="older" onClick={() => void session.attempt(() => statements.older())}>
          {strings.older}
        </button>
      )}
      {statements.loaded && shown.length === 0 && unpublished.length === 0 && <p class="none">{strings.nothing}</p>}
      <ol aria-live="polite" aria-label={strings.board} tabIndex={0}>
        {shown.map(({ hash, author, text, statedAt }) => (
          <li key={hash} class={own.some((mine) => mine.hash === hash) ? "own" : undefined} data-statement={hash}>
            <p dir="auto">{text}</p>
            <footer>
              <span title={author}>{own.some((mine) => mine.hash === hash) ? strings.you : shortName(author)}</span>
              <time dateTime={new Date(statedAt).toISOString()}>{time.format(statedAt)}</time>
              {own.some((mine) => mine.hash === hash) && <Withdraw hash={hash} strings={strings} />}
            </footer>
          </li>
        ))}
        {unpublished.map(({ hash, sending }) => (
          <Own key={hash} hash={hash} sending={sending ?? "sent"} statements={statements} strings={strings} />
        ))}
      </ol>
      {statements.trouble && (
        <p class="notice" role="status">
          {strings.away}
        </p>
      )}
      {statements.unverified > 0 && (
        <p class="notice" role="status" data-unverified={statements.unverified}>
          {filled(strings.unverified, { count: statements.unverified })}
        </p>
      )}
      <Compose statements={statements} strings={strings} />
    </section>
  );
}

/** A statement of one's own that the feed does not show, and why. */
function Own({ hash, sending, statements, strings }: { hash: string; sending: string; statements: Statements; strings: BoardStrings }): JSX.Element {
  const { session } = useShown();
  const [standing, setStanding] = useState<Standing | undefined>(undefined);
  const text = session.client.messages(statements.board).entries.find((entry) => entry.hash === hash)?.content ?? "";
  useEffect(() => {
    if (sending !== "sent" || standing === "gone") return;
    const look = () => void statements.standing(hash).then(setStanding, () => undefined);
    look();
    const timer = setInterval(look, LOOK_MS);
    return () => clearInterval(timer);
  }, [hash, sending, standing === "gone"]);
  const said = sending === "failed" ? strings.failed : standing === "waiting" ? strings.waits : standing === "gone" ? strings.gone : strings.onItsWay;
  return (
    <li class="own" data-standing={sending === "sent" ? (standing ?? "unknown") : sending}>
      <p dir="auto">{text}</p>
      <footer>
        <span>{strings.you}</span>
        <b role="status">{said}</b>
        {sending === "failed" && (
          <button type="button" onClick={() => void session.client.retry(hash)}>
            {strings.again}
          </button>
        )}
        {standing === "waiting" && <Withdraw hash={hash} strings={strings} />}
      </footer>
    </li>
  );
}

function Withdraw({ hash, strings }: { hash: string; strings: BoardStrings }): JSX.Element {
  const { session } = useShown();
  const [done, setDone] = useState(false);
  const withdraw = async () => {
    setDone(await session.attempt(() => session.client.send(session.frame.board!, { type: "DELETE_REQUEST", reference: hash })));
  };
  return (
    <button type="button" disabled={done} onClick={() => void withdraw()}>
      {strings.withdraw}
    </button>
  );
}

function Compose({ statements, strings }: { statements: Statements; strings: BoardStrings }): JSX.Element {
  const { session } = useShown();
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const send = async () => {
    setBusy(true);
    if (await session.attempt(() => statements.write(text.trim()))) setText("");
    setBusy(false);
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() !== "") void send();
      }}
    >
      <label>
        {strings.say}
        <textarea rows={2} maxLength={MOST_CHARS} required dir="auto" value={text} onInput={(event) => setText(event.currentTarget.value)} />
      </label>
      <div>
        <small>{strings.isPublic}</small>
        <button type="submit" class="publish" disabled={busy}>
          {strings.send}
        </button>
      </div>
    </form>
  );
}
