/** What is being written and is not sent yet: text, what it is about, and files that were chosen. */

import type { Json } from "../../protocol/base/index.ts";
import type { Attachment } from "../../protocol/wire/index.ts";
import type { State } from "../state.ts";

const PART = "unsent";

/** The message that is answered or edited. */
export interface About {
  readonly type: "REPLY" | "EDIT";
  readonly hash: string;
  /** The text that stood in the field before, and comes back afterwards. */
  readonly before: string;
}

/** What one counterpart has not been sent yet. */
export interface Unsent {
  readonly text: string;
  readonly about?: About | undefined;
  readonly files: readonly Attachment[];
}

type Rest = Omit<Unsent, "text">;

/** What is being written to `peer`. */
export function unsentTo(state: State, peer: string): Unsent {
  const rest = all(state)[peer];
  return { text: state.drafts[peer] ?? "", about: rest?.about, files: rest?.files ?? [] };
}

/** The state with a change of what is being written to `peer`. */
export function withUnsent(state: State, peer: string, change: Partial<Unsent>): State {
  const { text, about, files } = { ...unsentTo(state, peer), ...change };
  const { [peer]: _, ...others } = all(state);
  const rest = about === undefined && files.length === 0 ? others : { ...others, [peer]: { about, files } };
  return {
    ...state,
    drafts: { ...state.drafts, [peer]: text },
    parts: { ...state.parts, [PART]: rest as unknown as Json },
  };
}

/** The state without files that were chosen, for a storage that does not take them. */
export function withoutFiles(state: State): State {
  const rests = Object.entries(all(state)).map(([peer, rest]) => [peer, { ...rest, files: [] }] as const);
  return { ...state, parts: { ...state.parts, [PART]: Object.fromEntries(rests) as unknown as Json } };
}

function all(state: State): Readonly<Record<string, Rest>> {
  return (state.parts[PART] ?? {}) as unknown as Readonly<Record<string, Rest>>;
}
