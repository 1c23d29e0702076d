/** The composer: text that survives a reload, files within limits. */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { foreseen } from "../../client/foreseen.ts";
import type { AttachingStrings } from "../strings/attaching/index.ts";
import { filled } from "../strings/index.ts";
import { quoted } from "./bubble.tsx";
import { useShown, useStill } from "./context.ts";

const KEPT_AFTER = 400;

export function Composer({ peer }: { peer: string }): JSX.Element {
  const { session, strings } = useShown();
  const unsent = session.client.unsent(peer);
  const { about } = unsent;
  const [text, setText] = useState(unsent.text);
  const [sending, setSending] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const allowed = session.frame.attachments > 0;
  const files = unsent.files;
  const attaching = useAttaching(peer, allowed && files.length > 0);

  const keep = () => {
    if (session.client.unsent(peer).text !== text) void session.client.keepUnsent(peer, { text }).catch(foreseen);
  };
  useEffect(() => {
    const timer = setTimeout(keep, KEPT_AFTER);
    return () => clearTimeout(timer);
  }, [text]);

  const first = useRef(true);
  useEffect(() => {
    if (!first.current) {
      setText(unsent.text);
      field.current?.focus();
    }
    first.current = false;
  }, [about?.type, about?.hash]);
  const leave = () => void session.client.keepUnsent(peer, { text: about?.type === "EDIT" ? about.before : text, about: undefined }).catch(foreseen);

  useEffect(() => {
    if (session.screen.open) field.current?.focus();
  }, [session.screen.open]);

  const send = async () => {
    if ((text.trim() === "" && files.length === 0) || sending) return;
    const said = text;
    const after = about?.type === "EDIT" ? about.before : "";
    setText(after);
    setSending(true);
    const content = {
      text: said,
      ...(files.length > 0 ? { attachments: files } : {}),
      ...(about === undefined ? {} : { type: about.type, reference: about.hash }),
    };
    const kept = await session.attempt(async () => {
      await session.client.send(peer, content);
      await session.client.keepUnsent(peer, { text: after, about: undefined, files: [] });
    });
    setSending(false);
    if (kept) attaching.setProblem("");
    else setText(said);
  };

  const answered = () => {
    const entry = session.client.messages(peer).entries.find(({ hash }) => hash === about?.hash);
    return entry === undefined ? "" : quoted(entry);
  };

  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      {about !== undefined && (
        <p class="about">
          <span dir="auto">{about.type === "EDIT" ? strings.editing : filled(strings.replyTo, { text: answered() })}</span>
          <button type="button" aria-label={strings.cancel} onClick={leave}>
            ×
          </button>
        </p>
      )}
      {sending && files.length > 0 ? <p role="status">{strings.preparing}</p> : attaching.chosen}
      {attaching.problem !== "" && (
        <p class="problem" role="alert">
          {attaching.problem}
        </p>
      )}
      <div class="row">
        {allowed && (
          <label class="attach">
            <span class="spoken">{strings.attach}</span>
            <span aria-hidden="true">+</span>
            <input
              type="file"
              multiple
              onChange={(event) => {
                attaching.take(event.currentTarget.files);
                event.currentTarget.value = "";
                field.current?.focus();
              }}
            />
          </label>
        )}
        <textarea
          ref={field}
          rows={Math.min(6, text.split("\n").length)}
          placeholder={strings.placeholder}
          aria-label={strings.placeholder}
          dir="auto"
          data-kept={unsent.text}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
          onBlur={keep}
          onPaste={(event) => {
            if (allowed && attaching.take(event.clipboardData?.files)) event.preventDefault();
          }}
          onKeyDown={(event) => {
            if (event.key === "Escape" && about !== undefined) {
              event.preventDefault();
              leave();
            }
            if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
            event.preventDefault();
            void send();
          }}
        />
        <button type="submit" class="send" aria-label={strings.send}>
          <svg viewBox="0 0 24 24" aria-hidden="true">
            <path d="M3 20l18-8L3 4v6l12 2-12 2z" />
          </svg>
        </button>
      </div>
    </form>
  );
}

type Part = typeof import("../attaching.ts") & { words: AttachingStrings; limit: number };

/** What attaches files, once somebody does. Files may be chosen, pasted, or dropped anywhere on the chat. */
function useAttaching(peer: string, wanted: boolean) {
  const { session, strings, language } = useStill();
  const [part, setPart] = useState<Part | undefined>(undefined);
  const [problem, setProblem] = useState("");

  const loaded = async (): Promise<Part> => {
    if (part !== undefined) return part;
    const all = await import("../attaching.ts");
    const made = { ...all, words: await all.attachingStringsFor(language), limit: await all.limitFor(session, peer) };
    setPart(made);
    return made;
  };
  const take = (list: FileList | null | undefined): boolean => {
    const files = [...(list ?? [])];
    if (files.length === 0) return false;
    setProblem("");
    loaded()
      .then(({ attach, limit, words }) => attach(session, peer, files, limit, words))
      .then(setProblem, () => setProblem(strings.away));
    return true;
  };
  useEffect(() => {
    if (wanted) void loaded().catch(() => undefined);
  }, [wanted]);
  useEffect(() => {
    const over = (event: DragEvent) => event.preventDefault();
    const dropped = (event: DragEvent) => {
      event.preventDefault();
      if (session.frame.attachments > 0) take(event.dataTransfer?.files);
    };
    addEventListener("dragover", over);
    addEventListener("drop", dropped);
    return () => {
      removeEventListener("dragover", over);
      removeEventListener("drop", dropped);
    };
  });
  const Files = part?.ChosenFiles;
  const chosen = wanted && Files !== undefined && <Files peer={peer} words={part!.words} limit={part!.limit} />;
  return { take, chosen, problem, setProblem };
}
