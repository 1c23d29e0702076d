/** The conversation: entries by day, newest below; only what is near the screen is rendered. */

import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import { filled } from "../strings/index.ts";
import { shortName } from "../names.ts";
import { useShown } from "./context.ts";
import { Bubble } from "./bubble.tsx";

const PAGE = 60;
const NEAR_END = 80;

export function Conversation({ peer }: { peer: string }): JSX.Element {
  const { session, strings, language } = useShown();
  const [shownCount, setShownCount] = useState(PAGE);
  const list = useRef<HTMLOListElement>(null);
  const atEnd = useRef(true);
  const heightBefore = useRef<number | undefined>(undefined);
  const { entries } = session.client.messages(peer);
  const shown = entries.slice(-shownCount);
  const last = entries.at(-1);

  useLayoutEffect(() => {
    const box = list.current!;
    if (heightBefore.current !== undefined) {
      box.scrollTop += box.scrollHeight - heightBefore.current; // older ones came above: stay where one reads
      heightBefore.current = undefined;
    } else if (atEnd.current) box.scrollTop = box.scrollHeight;
  }, [entries.length, shownCount, last?.latest]);

  const spoken = useSpoken(last?.own ? undefined : last?.hash, () =>
    filled(strings.newMessage, { name: shortName(peer), text: last?.content ?? "" }),
  );

  const onScroll = () => {
    const box = list.current!;
    atEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END;
    if (box.scrollTop < NEAR_END && shownCount < entries.length && heightBefore.current === undefined) {
      heightBefore.current = box.scrollHeight;
      setShownCount(shownCount + PAGE);
    }
  };

  let day = "";
  return (
    <>
      <ol class="timeline" ref={list} onScroll={onScroll} tabIndex={0} aria-label={filled(strings.conversationWith, { name: shortName(peer) })}>
        {session.frame.welcome !== "" && <li class="welcome" dir="auto">{session.frame.welcome}</li>}
        {shown.flatMap((entry) => {
          const its = dayName(entry.at, language, strings);
          const rows = its === day ? [] : [<li class="day" key={`day ${its}`}>{its}</li>];
          day = its;
          return [...rows, <Bubble key={entry.hash} entry={entry} peer={peer} entries={entries} />];
        })}
      </ol>
      <p class="spoken" role="log" aria-live="polite">
        {spoken}
      </p>
    </>
  );
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

function dayName(at: number, language: string, strings: { today: string; yesterday: string }): string {
  const midnight = new Date().setHours(0, 0, 0, 0);
  if (at >= midnight) return strings.today;
  if (at >= midnight - 86_400_000) return strings.yesterday;
  return new Intl.DateTimeFormat(language, { dateStyle: "long" }).format(at);
}
