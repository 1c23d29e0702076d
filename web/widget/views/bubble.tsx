/** One entry of the conversation, with what was made of it and what can be done with it. */

import type { ComponentType, JSX } from "preact";
import { useState } from "preact/hooks";

import type { OutboxEntry } from "../../client/state.ts";
import type { Entry } from "../../protocol/timeline/index.ts";
import type { Attachment } from "../../protocol/wire/index.ts";
import { Markdown } from "../markdown.tsx";
import { shortName } from "../names.ts";
import { filled } from "../strings/index.ts";
import { clock } from "../times.ts";
import { useStill } from "./context.ts";

const QUOTED = 80;
/** What is longer is folded: characters, lines. */
const FOLDED = 1_200;
const FOLDED_LINES = 18;

export type AttachmentView = ComponentType<{ attachment: Attachment }>;

export interface BubbleProps {
  readonly entry: Entry;
  readonly peer: string;
  /** The entry that this one answers, where it is here. */
  readonly answered: Entry | undefined;
  /** What of it waits in the outbox. */
  readonly waiting: readonly OutboxEntry[];
  /** Shows an attachment; loaded where there is one. */
  readonly Attachment: AttachmentView | undefined;
  readonly onMenu: (entry: Entry) => void;
  readonly onJump: (hash: string) => void;
}

export function Bubble({ entry, peer, answered, waiting, Attachment, onMenu, onJump }: BubbleProps): JSX.Element {
  const { session, strings, language } = useStill();
  const gone = entry.deletedAt !== undefined;
  const react = (content: string, mine: boolean) =>
    void session.attempt(() => session.client.send(peer, { type: "REACTION", reference: entry.hash, text: mine ? "" : content }));
  // The copy for a linked messenger waits for the same as the message: that is said once.
  const reasons = waiting.filter(({ problem }, at) => problem !== undefined && waiting.findIndex((other) => other.problem === problem) === at);
  return (
    <li
      class={entry.own ? "bubble own" : "bubble"}
      data-hash={entry.hash}
      tabIndex={-1}
      onContextMenu={(event) => {
        const chosen = (event.target as Element).closest("a, img, button") !== null || String(getSelection()) !== "";
        if (gone || chosen) return;
        event.preventDefault();
        onMenu(entry);
      }}
    >
      {!entry.own && <span class="author" title={peer}>{shortName(peer)}</span>}
      {answered !== undefined && (
        <button type="button" class="quote" dir="auto" onClick={() => onJump(answered.hash)}>
          {filled(strings.replyTo, { text: quoted(answered) || strings.deleted })}
        </button>
      )}
      <div class="said">
        {gone ? <div class="text gone">{strings.deleted}</div> : <Text text={entry.content ?? ""} />}
        {!gone && (
          <button type="button" class="more" aria-haspopup="dialog" aria-label={strings.actions} onClick={() => onMenu(entry)}>
            ⋯
          </button>
        )}
      </div>
      {Attachment !== undefined && entry.attachments.map((attachment, at) => <Attachment key={at} attachment={attachment} />)}
      {entry.reactions.length > 0 && (
        <ul class="reactions">
          {entry.reactions.map(({ content, authors }) => (
            <li key={content}>
              <button type="button" aria-pressed={authors.includes("")} onClick={() => react(content, authors.includes(""))}>
                {content} {authors.length > 1 ? authors.length : ""}
              </button>
            </li>
          ))}
        </ul>
      )}
      <footer>
        <time dateTime={new Date(entry.at).toISOString()}>{clock(language, entry.at)}</time>
        {entry.editedAt !== undefined && <span>{strings.edited}</span>}
        {entry.own && !gone && <span class={`delivery ${entry.delivery}`}>{strings[entry.delivery === "discarded" ? "failed" : entry.delivery]}</span>}
        {reasons.map(({ hash, failed, problem, reason }) => (
          <span key={hash} class={failed ? "problem" : "reason"}>
            {session.reason(reason, problem)}{" "}
            <button type="button" onClick={() => void session.attempt(() => session.client.retry(hash))}>
              {strings.retry}
            </button>
          </span>
        ))}
      </footer>
    </li>
  );
}

/** A text, folded where it is long. */
function Text({ text }: { text: string }): JSX.Element {
  const { strings } = useStill();
  const [whole, setWhole] = useState(false);
  const short = folded(text);
  return (
    <div class="text" dir="auto">
      {text !== "" && <Markdown text={whole ? text : short} />}
      {!whole && short !== text && (
        <>
          …{" "}
          <button type="button" class="unfold" onClick={() => setWhole(true)}>
            {strings.showAll}
          </button>
        </>
      )}
    </div>
  );
}

function folded(text: string): string {
  const lines = text.split("\n", FOLDED_LINES + 1);
  const cut = lines.length > FOLDED_LINES ? lines.slice(0, FOLDED_LINES).join("\n") : text;
  return cut.length > FOLDED ? cut.slice(0, FOLDED).replace(/[\uD800-\uDBFF]$/, "") : cut;
}

/** The beginning of what an entry says, or the names of its files. */
export function quoted({ content, attachments }: Entry): string {
  const said = content || attachments.map(({ name }) => name ?? "").join(", ");
  return said.length > QUOTED ? `${said.slice(0, QUOTED).replace(/[\uD800-\uDBFF]$/, "")}…` : said;
}
