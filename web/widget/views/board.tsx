/** A billboard: public statements as they are published, each verified, and a field for one's own. */

import type { JSX } from "preact";
import { useEffect, useMemo, useReducer, useState } from "preact/hooks";

import { withoutPiles } from "../combining_marks.ts";
import { shortName } from "../names.ts";
import { type Standing, Statements } from "../statements.ts";
import { filled } from "../strings/index.ts";
import { type BoardStrings, boardStringsFor } from "../strings/board/index.ts";
import { useShown } from "./context.ts";

const LOOK_MS = 3_000;
/** From which part of the limit on the length is shown. */
const NEARLY = 0.8;

interface Shown {
  readonly statements: Statements;
  readonly strings: BoardStrings;
}

export function BoardView(): JSX.Element | null {
  const { session, language } = useShown();
  const [strings, setStrings] = useState<BoardStrings | undefined>(undefined);
  const [text, setText] = useState("");
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
            <p dir="auto">{withoutPiles(text)}</p>
            <footer>
              <span title={author}>{own.some((mine) => mine.hash === hash) ? strings.you : shortName(author)}</span>
              <time dateTime={new Date(statedAt).toISOString()}>{time.format(statedAt)}</time>
              {own.some((mine) => mine.hash === hash) && <Withdraw hash={hash} strings={strings} />}
            </footer>
          </li>
        ))}
        {unpublished.map(({ hash, sending }) => (
          <Own key={hash} hash={hash} sending={sending ?? "sent"} statements={statements} strings={strings} onAnew={setText} />
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
      <Compose statements={statements} strings={strings} text={text} setText={setText} />
    </section>
  );
}

/** A statement of one's own that the feed does not show, and why. */
function Own({ hash, sending, statements, strings, onAnew }: Shown & { hash: string; sending: string; onAnew: (text: string) => void }): JSX.Element {
  const { session } = useShown();
  const [standing, setStanding] = useState<Standing | undefined>(undefined);
  const text = session.client.messages(statements.board).entries.find((entry) => entry.hash === hash)?.content ?? "";
  const over = standing?.state === "gone" || standing?.state === "refused";
  useEffect(() => {
    if (sending !== "sent" || over) return;
    const look = () => void statements.standing(hash).then(setStanding, () => undefined);
    look();
    const timer = setInterval(look, LOOK_MS);
    return () => clearInterval(timer);
  }, [hash, sending, over]);
  // What waits to be sent waits for nobody at the board.
  const stands = sending === "sent" ? (standing?.state ?? "unknown") : undefined;
  return (
    <li class="own" data-standing={stands ?? sending}>
      <p dir="auto">{text}</p>
      <footer>
        <span>{strings.you}</span>
        <b role="status">{saidOf(stands ?? (sending === "failed" ? "failed" : "unknown"), standing?.refused, statements.chars, strings)}</b>
        {sending === "failed" && (
          <button type="button" onClick={() => void session.attempt(() => session.client.retry(hash))}>
            {strings.again}
          </button>
        )}
        {stands === "refused" && (
          <button type="button" onClick={() => onAnew(text)}>
            {strings.anew}
          </button>
        )}
        {stands === "waiting" && <Withdraw hash={hash} strings={strings} />}
      </footer>
    </li>
  );
}

/** How a statement stands, in words. */
function saidOf(state: string, refused: string | undefined, chars: number, strings: BoardStrings): string {
  if (state === "refused") {
    const known = `refused-${refused}`;
    return filled(known in strings ? strings[known as keyof BoardStrings] : strings.refused, { limit: chars });
  }
  const said: Record<string, string> = { failed: strings.failed, waiting: strings.waits, gone: strings.gone };
  return said[state] ?? strings.onItsWay;
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

function Compose({ statements, strings, text, setText }: Shown & { text: string; setText: (text: string) => void }): JSX.Element {
  const { session } = useShown();
  const [busy, setBusy] = useState(false);
  const limit = statements.chars;
  // As boards count: an emoji is one character.
  const count = [...text.trim()].length;
  const tooLong = count > limit;
  const send = async () => {
    setBusy(true);
    if (await session.attempt(() => statements.write(text.trim()))) setText("");
    setBusy(false);
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() !== "" && !tooLong) void send();
      }}
    >
      <label>
        {strings.say}
        <textarea
          rows={2}
          required
          dir="auto"
          value={text}
          aria-invalid={tooLong}
          aria-describedby="board-length"
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      <p id="board-length" class="length" role={tooLong ? "status" : undefined}>
        {tooLong ? filled(strings.tooLong, { count, limit }) : count > limit * NEARLY ? filled(strings.length, { count, limit }) : ""}
      </p>
      <div>
        <small>{strings.isPublic}</small>
        <button type="submit" class="publish" disabled={busy || tooLong}>
          {strings.send}
        </button>
      </div>
    </form>
  );
}
