/** Which entries are rendered, and staying where one reads while they change. */

import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

/** Entries that are rendered at most, and by how many the window moves. */
const RENDERED = 120;
const STEP = 60;
/** Pixels from an edge at which the window moves, and from the end at which one reads the newest. */
const NEAR_EDGE = 600;
const NEAR_END = 80;

/** The window that ends at `end` (undefined: the newest), moved by `steps`; `middle`: an end that has `end` amidst. */
export function movedWindow(count: number, end: number | undefined, steps = 0): { from: number; to: number; middle: number } {
  const smallest = Math.min(RENDERED, count);
  const to = Math.max(smallest, Math.min(count, (end ?? count) + steps * STEP));
  return { from: Math.max(0, to - RENDERED), to, middle: Math.max(smallest, Math.min(count, (end ?? count) + STEP)) };
}

/** Holds what one reads in its place when `inputs` change; at the end it follows what comes. */
export function useAnchor(list: RefObject<HTMLElement | null>, inputs: readonly unknown[]) {
  /** `top`: pixels below the list's upper edge. */
  const place = useRef<{ hash: string; top: number } | "end">("end");
  const jump = useRef<string>(undefined);

  const settle = () => {
    const box = list.current!;
    if (jump.current !== undefined && reached(box, jump.current)) {
      jump.current = undefined;
      remember(false);
    } else if (place.current === "end") box.scrollTop = box.scrollHeight;
    else {
      const bubble = find(box, place.current.hash);
      if (bubble !== null) box.scrollTop += bubble.getBoundingClientRect().top - box.getBoundingClientRect().top - place.current.top;
    }
  };
  const remember = (newestHere: boolean) => {
    const box = list.current!;
    const edge = box.getBoundingClientRect().top;
    const below = box.scrollHeight - box.scrollTop - box.clientHeight;
    if (newestHere && below < NEAR_END) place.current = "end";
    else {
      const bubbles = box.querySelectorAll<HTMLElement>(".bubble");
      for (const bubble of bubbles) {
        const { top, bottom } = bubble.getBoundingClientRect();
        if (bottom <= edge) continue;
        place.current = { hash: bubble.dataset["hash"]!, top: top - edge };
        break;
      }
    }
    return below;
  };
  useLayoutEffect(settle, inputs);
  // Also when the list gets another size, or its first one: a closed chat has none.
  useLayoutEffect(() => {
    const sized = new ResizeObserver(settle);
    sized.observe(list.current!);
    return () => sized.disconnect();
  }, []);

  return {
    settle,
    atEnd: () => place.current === "end",
    /** After scrolling: remembers the place; tells by how many steps the window is to move. */
    scrolled(newestHere: boolean): number {
      const below = remember(newestHere);
      return list.current!.scrollTop < NEAR_EDGE ? -1 : below < NEAR_EDGE ? 1 : 0;
    },
    jumpTo(hash: string): void {
      jump.current = hash;
      if (find(list.current!, hash) !== null) settle();
    },
    toEnd(): void {
      place.current = "end";
      settle();
    },
  };
}

function find(box: HTMLElement, hash: string): HTMLElement | null {
  return box.querySelector<HTMLElement>(`.bubble[data-hash="${CSS.escape(hash)}"]`);
}

function reached(box: HTMLElement, hash: string): boolean {
  const bubble = find(box, hash);
  if (bubble === null) return false;
  bubble.scrollIntoView({ block: "center" });
  bubble.focus({ preventScroll: true });
  return true;
}
