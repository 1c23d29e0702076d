/** One entry of the conversation, with what was made of it and what can be done with it. */

import type { JSX } from "preact";

import type { Entry } from "../../protocol/timeline/index.ts";
import { Markdown } from "../markdown.tsx";
import { shortName } from "../names.ts";
import { filled } from "../strings/index.ts";
import { Attachment } from "./attachment.tsx";
import { useShown } from "./context.ts";

const QUOTED = 80;

export function Bubble({ entry, peer, entries }: { entry: Entry; peer: string; entries: readonly Entry[] }): JSX.Element {
  const { session, strings, language } = useShown();
  const answered = entry.replyTo === undefined ? undefined : entries.find(({ hash }) => hash === entry.replyTo);
  const time = new Intl.DateTimeFormat(language, { timeStyle: "short" }).format(entry.at);
  const stuck = session.client.state.outbox.find(({ hash }) => hash === entry.latest);
  return (
    <li class={entry.own ? "bubble own" : "bubble"} data-hash={entry.hash}>
      {!entry.own && <span class="author" title={peer}>{shortName(peer)}</span>}
      {answered?.content && <blockquote>{filled(strings.replyTo, { text: answered.content.slice(0, QUOTED) })}</blockquote>}
      {entry.deletedAt === undefined ? (
        <div class="text" dir="auto">
          <Markdown text={entry.content ?? ""} />
        </div>
      ) : (
        <div class="text gone">{strings.deleted}</div>
      )}
      {entry.attachments.map((attachment, at) => (
        <Attachment key={at} attachment={attachment} />
      ))}
      {entry.reactions.length > 0 && (
        <ul class="reactions">
          {entry.reactions.map(({ content, authors }) => (
            <li key={content}>
              {content} {authors.length > 1 ? authors.length : ""}
            </li>
          ))}
        </ul>
      )}
      <footer>
        <time dateTime={new Date(entry.at).toISOString()}>{time}</time>
        {entry.editedAt !== undefined && <span>{strings.edited}</span>}
        {entry.own && entry.deletedAt === undefined && <span class={`delivery ${entry.delivery}`}>{delivery(entry, strings)}</span>}
        {entry.own && stuck?.failed && (
          <>
            <span class="problem">{stuck.problem}</span>
            <button type="button" onClick={() => void session.client.retry(entry.latest)}>
              {strings.retry}
            </button>
          </>
        )}
      </footer>
    </li>
  );
}

function delivery(entry: Entry, strings: Record<"waiting" | "sent" | "received" | "read" | "failed", string>): string {
  return entry.delivery === "discarded" ? strings.failed : strings[entry.delivery];
}
