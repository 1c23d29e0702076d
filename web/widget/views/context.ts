/** What every view works with. */

import { createContext } from "preact";
import { useContext, useLayoutEffect, useReducer } from "preact/hooks";

import type { Session } from "../session.ts";
import { type Strings } from "../strings/index.ts";

export interface Shown {
  readonly session: Session;
  readonly strings: Strings;
  readonly language: string;
}

export const ShownContext = createContext<Shown | undefined>(undefined);

/** The same without being rendered anew: for what is told by its properties. */
export function useStill(): Shown {
  return useContext(ShownContext)!;
}

/** The session, rendered anew at each change, and the strings. */
export function useShown(): Shown {
  const shown = useContext(ShownContext)!;
  const [, again] = useReducer((count: number) => count + 1, 0);
  // Before anything else can happen: a frame that is not seen runs other effects later, and would miss a change.
  useLayoutEffect(() => shown.session.listen(() => again(undefined as never)), [shown]);
  return shown;
}
