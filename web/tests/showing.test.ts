import assert from "node:assert/strict";
import { test } from "node:test";

import { withoutPiles } from "../widget/combining_marks.ts";

test("a pile of marks is cut, also where joiners stand in it, and what people write stays", () => {
  assert.equal(withoutPiles("Z" + "\u0301\u0489".repeat(500) + "algo"), "Z" + "\u0301\u0489".repeat(3) + "algo");
  assert.equal(withoutPiles("Z" + "\u0301\u200d".repeat(500)), "Z" + "\u0301\u200d".repeat(6));
  const usual = "n\u0303, \u0e01\u0e34\u0e48, \u{1f469}\u200d\u2764\ufe0f\u200d\u{1f468}";
  assert.equal(withoutPiles(usual), usual);
});
