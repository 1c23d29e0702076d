// What htmx does not do: live news, the title's badge, files to save, and answering to one message.
"use strict";
const $ = (selector, from = document) => from.querySelector(selector);
const token = $("meta[name=form-token]")?.content ?? "";
const title = document.title;
let late = false;

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-Dm3-Form"] = token;
});
// Errors are pages, too: they say what to do, in the place that is there for it.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status < 400) return;
  event.detail.shouldSwap = true;
  event.detail.target = $("#trouble");
  event.detail.swapOverride = "innerHTML";
});
document.addEventListener("htmx:sendError", () => {
  $("#trouble").textContent = "The messenger does not answer. Is the program still running?";
});

const timeline = () => $("#timeline");
const atEnd = () => window.innerHeight + window.scrollY >= document.body.scrollHeight - 120;
let fromEnd = 0;
let stay = true;
const earlier = (target) => target?.matches?.(".more, .chunk") ?? false;
document.addEventListener("htmx:beforeSwap", (event) => {
  const target = event.detail.target;
  if (target?.id !== "timeline" && !earlier(target)) return;
  stay = target.id === "timeline" && atEnd();
  fromEnd = document.body.scrollHeight - window.scrollY;
});
// What comes before or after what is read leaves that where it is; a day's name stands once.
const settle = () => {
  let before = "";
  for (const day of document.querySelectorAll("#earlier .day, #timeline .day")) {
    day.hidden = day.textContent === before;
    before = day.textContent;
  }
  window.scrollTo(0, stay ? document.body.scrollHeight : document.body.scrollHeight - fromEnd);
};
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target?.id === "timeline" || earlier(event.detail.target)) settle();
});
// A click begins and ends on one element: what comes between pressing and letting go is shown after it.
let pressed = "";
const postponed = new Map();
document.addEventListener("htmx:beforeSwap", (event) => {
  const { requestConfig, elt } = event.detail;
  // Without an event: the search that goes on by itself while texts are still taken in.
  const by = requestConfig.triggeringEvent?.type ?? "news";
  if (!pressed || requestConfig.verb !== "get" || !by.match(/^(news|again|sent)$/)) return;
  event.detail.shouldSwap = false;
  postponed.set(elt, by);
});
const letGo = () => {
  pressed = "";
  setTimeout(() => {
    for (const [elt, name] of postponed) htmx.trigger(name === "again" ? elt : document.body, name);
    postponed.clear();
  });
};
document.addEventListener("pointerdown", () => (pressed = "pointer"), true);
for (const end of ["pointerup", "pointercancel", "dragend", "click"]) addEventListener(end, letGo, true);
// Of the window alone: the keyboard's place changes by pressing, too.
addEventListener("blur", letGo);
document.addEventListener("keydown", ({ key, target }) => {
  if ((key === " " || key === "Enter") && target.closest("button, summary, a")) pressed = key;
}, true);
addEventListener("keyup", ({ key }) => {
  if (key === pressed) letGo();
}, true);

// News come at any moment: what somebody has open, and where the keyboard stands, outlives what is shown anew.
const label = (element) => element.ariaLabel ?? (element.querySelector("summary") ?? element).textContent;
const findable = (element) => {
  const home = element.parentElement.closest("[id]")?.id;
  const [kind, said] = [element.localName, label(element)];
  const alike = () => [...(document.getElementById(home)?.querySelectorAll(kind) ?? [])].filter((one) => label(one) === said);
  const place = alike().indexOf(element);
  return () => alike()[place];
};
let opened = [];
let focused = () => undefined;
document.addEventListener("htmx:beforeSwap", (event) => {
  const target = event.detail.target;
  opened = [...(target?.querySelectorAll("details[open]") ?? [])].map(findable);
  const active = document.activeElement;
  focused = active !== target && target?.contains(active) ? findable(active) : () => undefined;
});
// The message that was looked for: what is shown anew is no `:target` to the browser any more.
const found = () => document.getElementById(location.hash.slice(1));
const markFound = () => found()?.classList.add("found");
document.addEventListener("htmx:afterSettle", markFound);
document.addEventListener("htmx:afterSwap", () => {
  for (const find of opened) find()?.setAttribute("open", "");
  if (document.activeElement === document.body) focused()?.focus({ preventScroll: true });
});
// What was scrolled up to is not shown anew with the rest, only where something there has changed.
const again = (hash) => {
  const chunk = hash && document.getElementById(`m-${hash}`)?.closest(".chunk");
  if (chunk) htmx.trigger(chunk, "again");
};
document.addEventListener("htmx:afterRequest", (event) => {
  const parameters = event.detail.requestConfig?.parameters;
  if (event.detail.successful && event.detail.requestConfig?.verb === "post") again(parameters?.about);
});

const news = () => {
  if (document.hidden) late = true;
  else htmx.trigger(document.body, "news");
};
document.addEventListener("visibilitychange", () => {
  if (document.hidden || !late) return;
  late = false;
  htmx.trigger(document.body, "news");
});

const listen = () => {
  const source = new EventSource("/events");
  source.addEventListener("news", (event) => {
    const told = JSON.parse(event.data);
    if (told.locked) return location.replace("/unlock");
    const count = (told.unread ?? 0) + (told.requests ?? 0);
    document.title = count ? `(${count}) ${title}` : title;
    const badge = $("#link-badge");
    if (badge) badge.textContent = told.requests ? String(told.requests) : "";
    if (told.from && document.hidden && window.Notification?.permission === "granted") {
      new Notification("New message", { body: told.from, tag: told.from });
    }
    if (told.about) again(told.about);
    news();
  });
  addEventListener("pagehide", () => source.close(), { once: true });
};
if (document.body.hasAttribute("data-live")) listen();
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const menu = button.closest("details.actions");
  if (menu) {
    menu.open = false;
    $("summary", menu).focus({ preventScroll: true });
  }
  const compose = $("#compose");
  if (button.matches("[data-reply], [data-edit]")) {
    const editing = button.hasAttribute("data-edit");
    compose.elements.about.value = button.dataset.about;
    compose.elements.what.value = editing ? "edit" : "reply";
    if (editing) compose.elements.text.value = button.dataset.text;
    $("#about").textContent = editing ? "You change a message." : `You answer: ${button.dataset.text.slice(0, 120)}`;
    $("#about-line").hidden = false;
    compose.elements.text.focus();
  } else if (button.matches("[data-no-about]")) forgetAbout(compose);
  else if (button.matches("[data-notify]")) Notification.requestPermission();
});

const about = $("#compose")?.elements.about.value ?? "";
const forgetAbout = (compose) => {
  compose.elements.about.value = about;
  compose.elements.what.value = about ? "reply" : "";
  $("#about-line").hidden = true;
};
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.target.id !== "compose" || !event.detail.successful) return;
  const text = event.target.elements.text;
  const meanwhile = text.value === event.detail.requestConfig.parameters.text ? "" : text.value;
  event.target.reset();
  text.value = meanwhile;
  if (meanwhile) setTimeout(() => htmx.trigger(text, "keep"));
  forgetAbout(event.target);
  $("#trouble").textContent = "";
  window.scrollTo(0, document.body.scrollHeight);
  text.focus();
});
document.addEventListener("keydown", (event) => {
  if (event.target.matches("#compose textarea") && event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    $("#compose").requestSubmit();
  }
});

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-save]")) return;
  event.preventDefault();
  const answer = await fetch(form.action, {
    method: "POST",
    headers: { "X-Dm3-Form": token, "HX-Request": "true" },
    body: new URLSearchParams(new FormData(form)),
  });
  if (!answer.ok) {
    $("#trouble").innerHTML = await answer.text();
    return;
  }
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = form.dataset.save;
  link.click();
  URL.revokeObjectURL(link.href);
  form.reset();
  const remark = answer.headers.get("X-Dm3-Remark");
  if (remark) {
    const told = document.createElement("p");
    told.className = "trouble";
    told.setAttribute("role", "status");
    told.textContent = `Saved. ${remark}`;
    form.after(told);
  }
});

if (timeline()) {
  markFound();
  if (found()) found().scrollIntoView();
  else window.scrollTo(0, document.body.scrollHeight);
}
