/** The frame: meets the host page, opens what this browser keeps, and shows the chat. */

import { render } from "preact";

import { CannotTell } from "../client/net/answers.ts";
import { WrittenByLater } from "../client/state.ts";
import type { ToFrame } from "../loader/protocol.ts";
import { Host } from "./host.ts";
import { loaded, Session } from "./session.ts";
import { frameSettings, mayEmbed } from "./settings.ts";
import { directionOf, replaceTexts, stringsFor } from "./strings/index.ts";
import { themed } from "./theme.ts";
import { App } from "./views/app.tsx";
import { ShownContext } from "./views/context.ts";

/** Milliseconds after which what cannot be told when the chat opens is asked for again. */
const ASKED_AGAIN = 2_000;

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
  const notice = (text: string) => {
    const close = host && (
      <button type="button" onClick={() => host.tell({ type: "close" })}>
        {strings.close}
      </button>
    );
    render(<p class="notice offer">{text} {close}</p>, root);
  };
  let session: Session | undefined;
  while (session === undefined) {
    try {
      session = await Session.open(frame, page, host, language);
    } catch (error) {
      if (error instanceof WrittenByLater) return notice(strings.tooNew);
      if (!(error instanceof CannotTell)) throw error;
      notice(strings[navigator.onLine ? "away" : "offline"]);
      await new Promise((resolve) => setTimeout(resolve, ASKED_AGAIN));
    }
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
        void take(session, message);
    }
  });
}

/** Does what the page asks about users, where the part that can is to be had. */
async function take(session: Session, message: ToFrame): Promise<void> {
  let part: typeof import("./modes.ts") | undefined;
  await session.attempt(async () => (part = await loaded(import("./modes.ts"))));
  await part?.takeFromPage(session, message);
}

/** In a window of its own: the page that opened it, where that one may show the chat; else this origin. */
function pageOfWindow(): string {
  const named = new URLSearchParams(location.hash.slice(1)).get("page") ?? "";
  return mayEmbed(named, frame.origins) ? named : location.origin;
}

void start();
