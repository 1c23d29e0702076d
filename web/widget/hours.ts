/** Opening hours, in the site's time zone whatever the visitor's is. */

import type { Hours } from "./settings.ts";

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/** Whether somebody is there at `now`, in milliseconds. A span that ends before it begins goes on past midnight. */
export function isOpen(hours: Hours, now: number): boolean {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: hours.zone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  const parts = Object.fromEntries(format.formatToParts(now).map(({ type, value }) => [type, value]));
  const day = DAYS.indexOf(parts["weekday"]!);
  const minute = 60 * Number(parts["hour"]) + Number(parts["minute"]);
  const before = (day + 6) % 7;
  return hours.spans.some(({ days, from, to }) =>
    from < to
      ? days.includes(day) && from <= minute && minute < to
      : (days.includes(day) && from <= minute) || (days.includes(before) && minute < to),
  );
}
