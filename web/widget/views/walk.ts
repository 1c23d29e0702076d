/** Going through a conversation with the keyboard. */

import type { TargetedKeyboardEvent } from "preact";

/** The arrow keys go from message to message. */
export function walk(event: TargetedKeyboardEvent<HTMLOListElement>): void {
  const forward = ({ ArrowDown: 1, ArrowUp: -1 } as Partial<Record<string, number>>)[event.key];
  const here = (event.target as Element).closest(".bubble");
  if (forward === undefined) return;
  const bubbles = [...event.currentTarget.querySelectorAll(".bubble")];
  const next = here === null ? bubbles.at(-1) : bubbles[bubbles.indexOf(here) + forward];
  const button = next?.querySelector<HTMLElement>(".more") ?? (next as HTMLElement | undefined);
  if (button === undefined) return;
  event.preventDefault();
  button.focus();
}
