/** What is sent, and what cannot be. */

import { InvalidInput, WrongState } from "../protocol/base/index.ts";
import { CHANGES, LONGEST_REACTION } from "../protocol/timeline/index.ts";
import type { Attachment } from "../protocol/wire/index.ts";
import type { StoredMessage } from "./state.ts";

const MAX_TEXT = 100_000;

/** The text is longer than a message may be. */
class TooLong extends InvalidInput {
  override readonly code = "too-long";
}

/** The messenger that was asked for the keys of this conversation has not answered yet. */
export class NotAnswered extends WrongState {
  override readonly code = "not-answered";
}

/** What a message is made of. */
export interface Content {
  readonly text?: string;
  readonly attachments?: readonly Attachment[];
  /** `NEW`, or with `reference`: `REPLY`, `REACTION`, `EDIT`, `DELETE_REQUEST`. */
  readonly type?: string;
  /** The hash of the message that it is about. */
  readonly reference?: string;
}

/** Throws `InvalidInput` for what says nothing, is too long, or may not be done to the message that it is about. */
export function requireSendable(content: Content, type: string, messages: readonly StoredMessage[]): void {
  const text = content.text?.trim() ?? "";
  const empty = text === "" && !content.attachments?.length;
  if (empty && type !== "DELETE_REQUEST" && type !== "REACTION") throw new InvalidInput("an empty message says nothing");
  if (text.length > MAX_TEXT) throw new TooLong(`a message has at most ${MAX_TEXT} characters`);
  if (type === "REACTION" && [...text].length > LONGEST_REACTION) {
    throw new InvalidInput(`a reaction has at most ${LONGEST_REACTION} characters`);
  }
  if (type === "NEW") return;
  if (content.reference === undefined) throw new InvalidInput(`${type} needs the message that it is about`);
  if (type === "EDIT" || type === "DELETE_REQUEST") requireOwn(content.reference, type, messages);
}

/** Only its author edits or deletes a message; what says something about another message is not edited. */
function requireOwn(reference: string, type: "EDIT" | "DELETE_REQUEST", messages: readonly StoredMessage[]): void {
  const about = messages.find(({ hash }) => hash === reference);
  const does = type === "EDIT" ? "edited" : "deleted";
  if (about === undefined) throw new InvalidInput(`the message that is to be ${does} is not here`);
  if (!about.own) throw new InvalidInput(`only its author can have a message ${does}`);
  const fits = !CHANGES.has(about.type) || about.type === "EDIT" || (about.type === "REACTION" && type === "DELETE_REQUEST");
  if (!fits) throw new InvalidInput(`a message of type ${about.type} cannot be ${does}`);
}
