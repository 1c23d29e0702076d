/** Opening hours hold in the site's time zone. */

import { test } from "node:test";
import assert from "node:assert/strict";

import { isOpen } from "../widget/hours.ts";

const weekdays = { text: "", zone: "Europe/Berlin", spans: [{ days: [0, 1, 2, 3, 4], from: 540, to: 1020 }] };
const at = (text: string) => Date.parse(text);

test("they are counted in the site's zone, in summer and in winter", () => {
  assert.equal(isOpen(weekdays, at("2026-01-05T08:00:00Z")), true); // Monday, 9:00 there
  assert.equal(isOpen(weekdays, at("2026-01-05T07:59:00Z")), false);
  assert.equal(isOpen(weekdays, at("2026-07-06T07:00:00Z")), true);
  assert.equal(isOpen(weekdays, at("2026-07-06T15:00:00Z")), false); // 17:00 there: closed
  assert.equal(isOpen(weekdays, at("2026-01-10T10:00:00Z")), false); // Saturday
});

test("a span may go past midnight, into a day that is not its own", () => {
  const night = { text: "", zone: "UTC", spans: [{ days: [6], from: 1320, to: 240 }] };
  assert.equal(isOpen(night, at("2026-01-11T23:00:00Z")), true); // Sunday
  assert.equal(isOpen(night, at("2026-01-12T03:59:00Z")), true); // Monday morning
  assert.equal(isOpen(night, at("2026-01-12T04:00:00Z")), false);
  assert.equal(isOpen(night, at("2026-01-11T03:00:00Z")), false); // Sunday morning is Saturday's night
});

test("a whole day is open to its end", () => {
  const day = { text: "", zone: "UTC", spans: [{ days: [1], from: 0, to: 1440 }] };
  assert.equal(isOpen(day, at("2026-01-06T23:59:00Z")), true);
  assert.equal(isOpen(day, at("2026-01-07T00:00:00Z")), false);
});
