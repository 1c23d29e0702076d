// What somebody does before the other scripts are here is kept, and done once they are. Without this a click
// would be lost, and a form would send itself by its address, where no secret belongs.
"use strict";
{
  const kept = [];
  const held = (event, again) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    kept.push(again);
  };
  const keep = (event) => {
    const { type, target } = event;
    if (type === "click") {
      const button = target.closest("button");
      if (button) held(event, () => button.click());
    } else if (type === "submit") {
      held(event, () => target.requestSubmit());
    } else if (type === "keydown") {
      if (!target.matches("textarea") || event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      held(event, () => target.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true })));
    } else {
      kept.push(() => target.dispatchEvent(new Event(type, { bubbles: true })));
    }
  };
  const kinds = ["click", "submit", "keydown", "input", "change"];
  for (const kind of kinds) document.addEventListener(kind, keep, true);
  // htmx says so once it knows the page; the scripts after it have run by then.
  const begin = () => {
    for (const kind of kinds) document.removeEventListener(kind, keep, true);
    for (const again of kept) again();
  };
  document.addEventListener("htmx:load", begin, { once: true });
}
