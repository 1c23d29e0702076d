// Loaded before anything is shown: what the user does before the page's scripts are there waits for them.
// Without them a form would put what it holds into an address, and what is typed would not be noticed.
"use strict";
{
  const waiting = [];
  const hold = (event) => {
    const target = event.target;
    if (event.type === "click") {
      const button = target.closest("button");
      if (!button) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      waiting.push(() => button.click());
    } else if (event.type === "keydown") {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || !target.matches("textarea")) return;
      event.preventDefault();
      const again = { key: "Enter", bubbles: true, cancelable: true };
      waiting.push(() => target.dispatchEvent(new KeyboardEvent("keydown", again)));
    } else waiting.push(() => target.dispatchEvent(new Event(event.type, { bubbles: true })));
  };
  const held = ["click", "keydown", "input", "change"];
  for (const type of held) document.addEventListener(type, hold, true);
  const release = () => {
    if (!window.htmx) {
      document.querySelector("#trouble").textContent = "This page is not whole. Load it again.";
      return;
    }
    for (const type of held) document.removeEventListener(type, hold, true);
    for (const act of waiting) act();
  };
  // After what the other scripts do then.
  document.addEventListener("DOMContentLoaded", () => setTimeout(release));
}
