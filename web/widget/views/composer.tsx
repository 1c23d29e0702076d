/** The composer: text that survives a reload, files within limits. */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import type { Attachment } from "../../protocol/wire/index.ts";
import { filled } from "../strings/index.ts";
import { quoted } from "./bubble.tsx";
import { useShown } from "./context.ts";

const KEPT_AFTER = 400;

export function Composer({ peer }: { peer: string }): JSX.Element {
  const { session, strings } = useShown();
  const unsent = session.client.unsent(peer);
  const { about } = unsent;
  const [text, setText] = useState(unsent.text);
  const [files, setFiles] = useState<readonly Attachment[]>([]);
  const [problem, setProblem] = useState("");
  const field = useRef<HTMLTextAreaElement>(null);
  const limit = session.frame.attachments;

  const keep = () => {
    if (session.client.unsent(peer).text !== text) void session.client.keepUnsent(peer, { text });
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
  const leave = () => void session.client.keepUnsent(peer, { text: about?.type === "EDIT" ? about.before : text, about: undefined });

  useEffect(() => {
    if (session.screen.open) field.current?.focus();
  }, [session.screen.open]);

  const send = async () => {
    if (text.trim() === "" && files.length === 0) return;
    const [said, attached] = [text, files];
    const after = about?.type === "EDIT" ? about.before : "";
    setText(after);
    setFiles([]);
    const content = {
      text: said,
      ...(attached.length > 0 ? { attachments: attached } : {}),
      ...(about === undefined ? {} : { type: about.type, reference: about.hash }),
    };
    const kept = await session.attempt(async () => {
      await session.client.send(peer, content);
      await session.client.keepUnsent(peer, { text: after, about: undefined });
    });
    if (!kept) {
      setText(said);
      setFiles(attached);
    }
  };

  const answered = () => {
    const entry = session.client.messages(peer).entries.find(({ hash }) => hash === about?.hash);
    return entry === undefined ? "" : quoted(entry);
  };

  const attach = async (chosen: FileList | null) => {
    setProblem("");
    for (const file of chosen ?? []) {
      const used = files.reduce((sum, { data }) => sum + data.length, 0);
      if (file.size * 1.4 + used > limit) {
        setProblem(filled(strings.tooLarge, { name: file.name, limit: megabytes(limit / 1.4) }));
        continue;
      }
      const data = await dataUri(file);
      setFiles((before) => [...before, { data, name: file.name }]);
    }
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
      {files.length > 0 && (
        <ul class="files">
          {files.map(({ name }, at) => (
            <li key={at}>
              {name}{" "}
              <button
                type="button"
                aria-label={filled(strings.remove, { name: name ?? "" })}
                onClick={() => setFiles(files.filter((_, other) => other !== at))}
              >
                ×
              </button>
            </li>
          ))}
        </ul>
      )}
      {problem !== "" && <p role="alert">{problem}</p>}
      <div class="row">
        {limit > 0 && (
          <label class="attach">
            <span class="spoken">{strings.attach}</span>
            <span aria-hidden="true">+</span>
            <input
              type="file"
              multiple
              onChange={(event) => {
                void attach(event.currentTarget.files);
                event.currentTarget.value = "";
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

async function dataUri(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).replace(/^data:;/, "data:application/octet-stream;"));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
