/** The head: whose chat it is, as whom one writes, the way to all about it, and closing. */

import type { JSX } from "preact";

import { filled } from "../strings/index.ts";
import { shortName } from "../names.ts";
import { useShown } from "./context.ts";

export function Head(): JSX.Element {
  const { session, strings } = useShown();
  const { profile } = session.client;
  const alias = profile?.aliases[0];
  return (
    <header>
      <div>
        <h1>{session.frame.title}</h1>
        {profile !== undefined && (
          <p title={alias ?? profile.name}>
            {alias === undefined ? strings.anonymous : filled(strings.verified, { name: shortName(alias) })}
          </p>
        )}
      </div>
      {profile !== undefined && (
        <button type="button" aria-haspopup="true" aria-expanded={session.screen.panel === "overview"} aria-label={strings.menu} onClick={() => session.show({ panel: session.screen.panel === "overview" ? undefined : "overview" })}>
          ⋯
        </button>
      )}
      {session.host !== undefined && session.host.settings.display !== "inline" && (
        <button
          type="button"
          aria-label={strings.close}
          onClick={() => {
            session.show({ open: false });
            session.host?.tell({ type: "close" });
          }}
        >
          ×
        </button>
      )}
    </header>
  );
}
