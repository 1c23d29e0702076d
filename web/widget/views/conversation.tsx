/** The conversation: entries by day, newest below. Only a window of them is rendered, which moves as one scrolls. */

import type { ComponentType, JSX, VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import type { OutboxEntry } from "../../client/state.ts";
import type { Entry } from "../../protocol/timeline/index.ts";
import { shortName } from "../names.ts";
import type { Session } from "../session.ts";
import { filled } from "../strings/index.ts";
import { dayName } from "../times.ts";
import { type AttachmentView, Bubble } from "./bubble.tsx";
import { useShown } from "./context.ts";
import { movedWindow, useAnchor } from "./window.ts";

export function Conversation({ peer }: { peer: string }): JSX.Element {
  const { session, strings, language } = useShown();
  const { entries } = session.client.messages(peer);
  /** The entry after the last that is rendered; undefined for the newest. */
  const [end, setEnd] = useState<number | undefined>(undefined);
  const [away, setAway] = useState(false);
  const [acting, setActing] = useState<Entry | undefined>(undefined);
  const list = useRef<HTMLOListElement>(null);
  const { from, to } = movedWindow(entries.length, end);
  const last = entries.at(-1);
  const anchor = useAnchor(list, [from, to, entries]);
  const rows = useRows();

  const spoken = useSpoken(last?.own ? undefined : last?.hash, () =>
    filled(strings.newMessage, { name: shortName(peer), text: last?.content ?? "" }),
  );

  const onScroll = () => {
    const near = anchor.scrolled(to === entries.length);
    // Away from the end the window stays where it is, however much comes.
    setEnd(anchor.atEnd() ? undefined : movedWindow(entries.length, to, near).to);
    setAway(!anchor.atEnd());
  };

  const jump = (hash: string) => {
    const at = entries.findIndex((entry) => entry.hash === hash);
    if (at < 0) return;
    if (at < from || at >= to) setEnd(movedWindow(entries.length, at).middle);
    anchor.jumpTo(hash);
  };
  const newest = () => {
    setEnd(undefined);
    anchor.toEnd();
  };
  const acts = usePart([entries.length > 0, acting !== undefined], async () => {
    const { MessageMenu, actingStringsFor, walk } = await import("../acting.ts");
    const words = await actingStringsFor(language);
    const Menu: Menu = (props) => <MessageMenu {...props} words={words} />;
    return { Menu, walk };
  });
  const closed = (then: "back" | "field") => {
    const hash = acting?.hash;
    setActing(undefined);
    if (then === "field") document.querySelector("textarea")?.focus();
    else list.current?.querySelector<HTMLElement>(`[data-hash="${hash}"]`)?.querySelector<HTMLElement>(".more")?.focus();
  };

  const Attachment = usePart([entries.some(({ attachments }) => attachments.length > 0)], async () => (await import("../attaching.ts")).Attachment);
  const seen = session.client.state.parts["seen"] as { replaced?: object; apart?: object } | undefined;
  const earlier = peer in { ...seen?.replaced, ...seen?.apart };
  const Earlier = usePart([earlier], async () => (await import("../seen.ts")).Earlier);
  const byHash = rows.index(entries);
  let day = "";
  return (
    <>
      <ol
        class="timeline"
        ref={list}
        onScroll={onScroll}
        onLoadCapture={anchor.settle}
        onKeyDown={acts?.walk}
        aria-keyshortcuts={acts && "ArrowUp ArrowDown"}
        tabIndex={0}
        aria-label={filled(strings.conversationWith, { name: shortName(peer) })}
      >
        {session.frame.welcome !== "" && from === 0 && (
          <li class="welcome" dir="auto">
            {session.frame.welcome}
          </li>
        )}
        {entries.slice(from, to).flatMap((entry) => {
          const its = dayName(entry.at, language, strings);
          const days = its === day ? [] : [<li class="day" key={`day ${its}`}>{its}</li>];
          day = its;
          const answered = entry.replyTo === undefined ? undefined : byHash.get(entry.replyTo);
          const waiting = entry.own || entry.reactions.length > 0 ? session.client.waitingFor(entry) : [];
          const row = rows.row([entry, answered, Attachment, session.reason, ...waiting], () => (
            <Bubble
              key={entry.hash}
              entry={entry}
              peer={peer}
              answered={answered}
              waiting={waiting}
              Attachment={Attachment}
              onMenu={setActing}
              onJump={(hash) => rows.jump?.(hash)}
            />
          ));
          return [...days, row];
        })}
      </ol>
      {earlier && Earlier !== undefined && <Earlier peer={peer} />}
      {rows.takes(jump)}
      {away && (
        <button type="button" class="newest" aria-label={strings.newest} onClick={newest}>
          ↓
        </button>
      )}
      {acting !== undefined && acts !== undefined && <acts.Menu entry={acting} peer={peer} onClose={closed} />}
      <p class="spoken" role="log" aria-live="polite">
        {spoken}
      </p>
    </>
  );
}

type Part = Entry | OutboxEntry | AttachmentView | Session["reason"] | undefined;

/** Rows that are made anew only when what they show has changed; the rest is not looked at again. */
function useRows() {
  const kept = useRef(new Map<string, { parts: readonly Part[]; row: VNode }>());
  const indexed = useRef<{ entries: readonly Entry[]; byHash: ReadonlyMap<string, Entry> }>(undefined);
  return useRef({
    jump: undefined as ((hash: string) => void) | undefined,
    takes(jump: (hash: string) => void): undefined {
      this.jump = jump;
    },
    index(entries: readonly Entry[]): ReadonlyMap<string, Entry> {
      if (indexed.current?.entries !== entries) {
        indexed.current = { entries, byHash: new Map(entries.map((entry) => [entry.hash, entry])) };
      }
      return indexed.current.byHash;
    },
    row(parts: readonly [Entry, ...Part[]], made: () => VNode): VNode {
      const known = kept.current.get(parts[0].hash);
      if (known?.parts.length === parts.length && parts.every((part, at) => part === known.parts[at])) return known.row;
      const row = made();
      kept.current.set(parts[0].hash, { parts, row });
      return row;
    },
  }).current;
}

type Menu = ComponentType<{ entry: Entry; peer: string; onClose: (then: "back" | "field") => void }>;

/** A part that is loaded as soon as it is wanted, and asked for again where that has failed. */
export function usePart<Part>(wanted: readonly boolean[], load: () => Promise<Part>): Part | undefined {
  const [part, setPart] = useState<{ it: Part } | undefined>(undefined);
  useEffect(() => {
    if (!wanted.includes(true) || part !== undefined) return;
    load().then((it) => setPart({ it }), () => undefined);
  }, wanted);
  return part?.it;
}

/** A sentence for people who listen, for a message that came while the chat was here. */
function useSpoken(hash: string | undefined, sentence: () => string): string {
  const first = useRef(hash);
  const [spoken, setSpoken] = useState("");
  useEffect(() => {
    if (hash !== undefined && hash !== first.current) setSpoken(sentence());
  }, [hash]);
  return spoken;
}
