/** Whether somebody is there now, and when. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { isOpen } from "../hours.ts";
import type { Hours } from "../settings.ts";
import { filled } from "../strings/index.ts";
import type { ModeStrings } from "../strings/modes/index.ts";

const MINUTE = 60_000;

export function HoursLine({ hours, away, strings }: { hours: Hours; away: string; strings: ModeStrings }): JSX.Element {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), MINUTE);
    return () => clearInterval(timer);
  }, []);
  const open = isOpen(hours, now);
  const text = open ? strings.open : away === "" ? strings.closed : strings.closedSays;
  return (
    <p class={`notice hours ${open ? "open" : "closed"}`} role="status">
      {filled(text, { hours: hours.text, zone: hours.zone, text: away })}
    </p>
  );
}
