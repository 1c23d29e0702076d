/** What can be done with one message: react, reply, copy, and with one's own edit and delete. */

import type { JSX, TargetedKeyboardEvent } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

import { foreseen } from "../../client/foreseen.ts";
import type { Entry } from "../../protocol/timeline/index.ts";
import type { ActingStrings } from "../strings/acting/index.ts";
import { filled } from "../strings/index.ts";
import { useShown } from "./context.ts";
import { look } from "./look.ts";
import { MENU_LOOK } from "./menu.css.ts";

look(MENU_LOOK);

const EMOJI = ["👍", "❤️", "😂", "😮", "😢", "🙏"];

/** Where the focus goes when the menu has done what was asked. */
type Then = "back" | "field";

export interface MenuProps {
  readonly entry: Entry;
  readonly peer: string;
  readonly words: ActingStrings;
  readonly onClose: (then: Then) => void;
}

export function MessageMenu({ entry, peer, words, onClose }: MenuProps): JSX.Element {
  const { session, strings } = useShown();
  const [deleting, setDeleting] = useState(false);
  const dialog = useRef<HTMLDialogElement>(null);
  const told = useRef(false);

  useLayoutEffect(() => dialog.current!.showModal(), []);
  useLayoutEffect(() => {
    if (deleting) dialog.current!.querySelector<HTMLElement>(".cancel")!.focus();
  }, [deleting]);

  // The browser tells of a closed dialog a moment after the focus went back: the menu may be open again by then.
  const tell = (next: Then) => {
    if (told.current) return;
    told.current = true;
    onClose(next);
  };
  const done = (next: Then) => {
    dialog.current!.close();
    tell(next);
  };
  const send = (type: string, text?: string) => {
    const content = { type, reference: entry.hash, ...(text === undefined ? {} : { text }) };
    done("back");
    void session.attempt(() => session.client.send(peer, content));
  };
  /** An answer to it, or in its place. What stood in the field comes back afterwards. */
  const write = (type: "REPLY" | "EDIT") => {
    const { text, about } = session.client.unsent(peer);
    const before = about?.type === "EDIT" ? about.before : text;
    const now = type === "EDIT" ? (entry.content ?? "") : before;
    void session.client.keepUnsent(peer, { text: now, about: { type, hash: entry.hash, before } }).catch(foreseen);
    done("field");
  };
  const mine = entry.reactions.filter(({ authors }) => authors.includes("")).map(({ content }) => content);

  return (
    <dialog
      class="acting"
      ref={dialog}
      aria-label={strings.actions}
      onClose={() => tell("back")}
      onClick={(event) => event.target === dialog.current && done("back")}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return step(event);
        event.preventDefault();
        event.stopPropagation();
        done("back");
      }}
    >
      {deleting ? (
        <>
          <p>{words.deleteSure}</p>
          <div class="actions">
            <button type="button" class="danger" onClick={() => send("DELETE_REQUEST")}>
              {words.delete}
            </button>
            <button type="button" class="cancel" onClick={() => done("back")}>
              {strings.cancel}
            </button>
          </div>
        </>
      ) : (
        <>
          <div class="emoji" role="group" aria-label={words.reactions}>
            {EMOJI.map((emoji) => (
              <button
                key={emoji}
                type="button"
                aria-label={filled(words.react, { emoji })}
                aria-pressed={mine.includes(emoji)}
                onClick={() => send("REACTION", mine.includes(emoji) ? "" : emoji)}
              >
                {emoji}
              </button>
            ))}
          </div>
          <button type="button" onClick={() => write("REPLY")}>
            {words.reply}
          </button>
          {!!entry.content && (
            <button type="button" onClick={() => void copied(entry.content!).then(() => done("back"))}>
              {words.copy}
            </button>
          )}
          {entry.own && (
            <button type="button" onClick={() => write("EDIT")}>
              {words.edit}
            </button>
          )}
          {entry.own && (
            <button type="button" class="danger" onClick={() => setDeleting(true)}>
              {words.delete}
            </button>
          )}
          <button type="button" onClick={() => done("back")}>
            {strings.cancel}
          </button>
        </>
      )}
    </dialog>
  );
}

/** The arrow keys go from one button to the next. */
function step(event: TargetedKeyboardEvent<HTMLDialogElement>): void {
  const forward = ({ ArrowDown: 1, ArrowUp: -1, ArrowRight: 1, ArrowLeft: -1 } as Partial<Record<string, number>>)[event.key];
  if (forward === undefined) return;
  const mirrored = /Left|Right/.test(event.key) && document.documentElement.dir === "rtl";
  const buttons = [...event.currentTarget.querySelectorAll("button")];
  const here = buttons.indexOf(document.activeElement as HTMLButtonElement);
  event.preventDefault();
  buttons.at((here + (mirrored ? -forward : forward)) % buttons.length)!.focus();
}

/** A frame may be refused the clipboard by the browser's policy; then it is done as of old. */
async function copied(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    (document.querySelector("dialog[open]") ?? document.body).append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}
