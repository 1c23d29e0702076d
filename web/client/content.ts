/** What is sent, and what cannot be. */

import { InvalidInput } from "../protocol/base/index.ts";
import type { Attachment } from "../protocol/wire/index.ts";

const MAX_TEXT = 100_000;

/** What a message is made of. */
export interface Content {
  readonly text?: string;
  readonly attachments?: readonly Attachment[];
  /** `NEW`, or with `reference`: `REPLY`, `REACTION`, `EDIT`, `DELETE_REQUEST`. */
  readonly type?: string;
  /** The hash of the message that it is about. */
  readonly reference?: string;
}

/** Throws `InvalidInput` for what says nothing, or is too long. */
export function requireSendable(content: Content, type: string): void {
  const text = content.text?.trim() ?? "";
  const empty = text === "" && !content.attachments?.length;
  if (empty && type !== "DELETE_REQUEST" && type !== "REACTION") throw new InvalidInput("an empty message says nothing");
  if (text.length > MAX_TEXT) throw new InvalidInput(`a message has at most ${MAX_TEXT} characters`);
  if (type !== "NEW" && content.reference === undefined) throw new InvalidInput(`${type} needs the message that it is about`);
}
