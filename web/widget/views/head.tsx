/** The head: whose chat it is, as whom one writes, the menu, and closing. */

import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";

import { filled } from "../strings/index.ts";
import { shortName } from "../names.ts";
import { useShown } from "./context.ts";
import { usePart } from "./conversation.tsx";

export function Head(): JSX.Element {
  const { session, strings } = useShown();
  const menu = useRef<HTMLDialogElement>(null);
  const [opened, setOpened] = useState(false);
  const Keys = usePart([opened], async () => (await import("../seen.ts")).Keys);
  const { profile } = session.client;
  const alias = profile?.aliases[0];
  return (
    <header>
      <div>
        <h1>{session.frame.title}</h1>
        {profile !== undefined && (
          <p title={alias ?? profile.name}>
            {alias === undefined ? strings.anonymous : filled(strings.verified, { name: shortName(alias) })}
          </p>
        )}
      </div>
      {profile !== undefined && (
        <button type="button" aria-haspopup="dialog" aria-label={strings.menu} onClick={() => (setOpened(true), menu.current?.showModal())}>
          ⋯
        </button>
      )}
      {session.host !== undefined && session.host.settings.display !== "inline" && (
        <button
          type="button"
          aria-label={strings.close}
          onClick={() => {
            session.show({ open: false });
            session.host?.tell({ type: "close" });
          }}
        >
          ×
        </button>
      )}
      <dialog ref={menu} aria-label={strings.menu}>
        <div class="actions">
          <button
            type="button"
            onClick={() => {
              menu.current?.close();
              session.show({ panel: "linking" });
            }}
          >
            {strings.link}
          </button>
          <button
            type="button"
            onClick={() => {
              menu.current?.close();
              session.show({ panel: "back" });
            }}
          >
            {strings.devices}
          </button>
        </div>
        {Keys !== undefined && <Keys />}
        <p>{strings.forgetSure}</p>
        <div class="actions">
          <button
            type="button"
            class="danger"
            onClick={() => {
              menu.current?.close();
              void session.forget();
            }}
          >
            {strings.forget}
          </button>
          <button type="button" onClick={() => menu.current?.close()}>
            {strings.cancel}
          </button>
        </div>
      </dialog>
    </header>
  );
}
