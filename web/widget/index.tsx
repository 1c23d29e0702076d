/** The frame: meets the host page, opens what this browser keeps, and shows the chat. */

import { render } from "preact";

import { WrittenByLater } from "../client/state.ts";
import { Host } from "./host.ts";
import { Session } from "./session.ts";
import { frameSettings, mayEmbed } from "./settings.ts";
import { directionOf, replaceTexts, stringsFor } from "./strings/index.ts";
import { themed } from "./theme.ts";
import { App } from "./views/app.tsx";
import { ShownContext } from "./views/context.ts";

const root = document.getElementById("dm3")!;
const frame = frameSettings(root);

async function start(): Promise<void> {
  const alone = window.parent === window;
  replaceTexts(frame.texts);
  if (alone && location.hash.startsWith("#sign")) return (await import("./linking.ts")).showSigningWindow(root);
  const host = alone ? undefined : await Host.met(frame);
  const { language, strings } = await stringsFor([host?.settings.locale ?? "", host?.settings.lang ?? "", ...navigator.languages]);
  document.documentElement.lang = language;
  document.documentElement.dir = directionOf(language);
  themed(host?.settings);
  const page = host?.page ?? pageOfWindow();
  let session: Session;
  try {
    session = await Session.open(frame, page, host);
  } catch (error) {
    if (!(error instanceof WrittenByLater)) throw error;
    render(<p class="notice">{strings.tooNew}</p>, root);
    return;
  }
  if (host !== undefined) listenTo(host, session);
  render(
    <ShownContext.Provider value={{ session, strings, language }}>
      <App />
    </ShownContext.Provider>,
    root,
  );
  session.start();
  host?.tell({ type: "event", name: "dm3-ready", detail: { profile: session.client.profile?.name ?? null } });
}

function listenTo(host: Host, session: Session): void {
  document.addEventListener("keydown", ({ key, defaultPrevented }) => {
    if (key !== "Escape" || defaultPrevented || document.querySelector("dialog[open]") !== null) return;
    if (host.settings.display !== "inline") host.tell({ type: "close" });
  });
  host.listen((message) => {
    switch (message.type) {
      case "open":
        session.show({ open: true });
        host.tell({ type: "event", name: "dm3-open", detail: {} });
        break;
      case "close":
        session.show({ open: false });
        break;
      case "signOut":
      case "reset":
        void session.forget();
        break;
      case "settings":
        themed(message.settings);
        break;
      default: // what is about users
        void import("./modes.ts").then(({ takeFromPage }) => takeFromPage(session, message));
    }
  });
}

/** In a window of its own: the page that opened it, where that one may show the chat; else this origin. */
function pageOfWindow(): string {
  const named = new URLSearchParams(location.hash.slice(1)).get("page") ?? "";
  return mayEmbed(named, frame.origins) ? named : location.origin;
}

void start();
