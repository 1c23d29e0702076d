/** A panel of the chat: it takes the focus when it opens, Escape closes it, and the focus goes back. */

import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";

import { useStill } from "./context.ts";
import { linkLook } from "./link.css.ts";

linkLook();

interface SheetProperties {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

export function Sheet({ title, onClose, children }: SheetProperties): JSX.Element {
  const { strings } = useStill();
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    const heading = head.current!;
    heading.focus();
    // A button that is gone once it has done its work leaves the focus to the panel.
    const watch = new MutationObserver(() => isLost() && heading.focus());
    watch.observe(heading.parentElement!, { childList: true, subtree: true });
    return () => {
      watch.disconnect();
      // Where one came from may be drawn anew in a moment.
      setTimeout(() => isLost() && returnFocus(before));
    };
  }, []);
  return (
    <section
      class="link"
      aria-label={title}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || document.querySelector("dialog[open]") !== null) return;
        event.preventDefault();
        onClose();
      }}
    >
      <h2 ref={head} tabIndex={-1}>
        {title}
      </h2>
      {children}
      <button type="button" onClick={onClose}>
        {strings.close}
      </button>
    </section>
  );
}

/** Whether nothing has the focus, though this document has it. */
function isLost(): boolean {
  return document.hasFocus() && (document.activeElement === null || document.activeElement === document.body);
}

/** To where one came from, else to what leads to the panels. */
function returnFocus(before: Element | null): void {
  const back = before?.isConnected && before !== document.body ? before : document.querySelector(".offer button, header button[aria-haspopup], textarea");
  (back as HTMLElement | null)?.focus();
}
