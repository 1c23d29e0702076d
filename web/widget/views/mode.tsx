/** What a page shows in place of one conversation, or beside it: form, list, board, the way back to them, hours. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { modeStringsFor, type ModeStrings } from "../strings/modes/index.ts";
import { useShown } from "./context.ts";
import { FormView } from "./form.tsx";
import { HoursLine } from "./hours.tsx";
import { BackBar, People } from "./people.tsx";

const loadBoard = () => import("../board.ts");

/** The board, once it is there: it is most of what its page loads. */
function Board(): JSX.Element | null {
  const [loaded, setLoaded] = useState<Awaited<ReturnType<typeof loadBoard>> | undefined>(undefined);
  useEffect(() => void loadBoard().then(setLoaded), []);
  return loaded === undefined ? null : <loaded.BoardView />;
}

/** Above the conversation: the way back, or all of it where none is open. */
export function Mode(): JSX.Element | null {
  const { session, language } = useShown();
  const [strings, setStrings] = useState<ModeStrings | undefined>(undefined);
  useEffect(() => void modeStringsFor(language).then(setStrings), [language]);
  const { mode, screen, frame } = session;
  if (strings === undefined) return null;
  return (
    <>
      {mode !== "in-app" && frame.hours !== null && <HoursLine hours={frame.hours} away={frame.away} strings={strings} />}
      {mode !== "chat" && screen.peer !== undefined && <BackBar peer={screen.peer} strings={strings} />}
      {screen.peer === undefined && mode === "form" && <FormView strings={strings} />}
      {screen.peer === undefined && mode === "in-app" && <People strings={strings} />}
      {screen.peer === undefined && mode === "board" && <Board />}
    </>
  );
}
