/** Public statements on a board, and how their readers verify them without believing it (specification 5.8). */

import { addressOf, BadSignature, canonicalJson, InvalidInput, type Json, Members, normalize } from "./base/index.ts";
import { checkMessage } from "./composing.ts";
import { checksumAddress, type ProfileKeys, sign } from "./crypto/index.ts";
import { draftJson, type Message, profileIsSignedBy, readMessage, type SignedProfile, signedProfileFrom } from "./wire/index.ts";

/** The longest text of a statement that any board publishes, in characters. */
export const MAX_STATEMENT_CHARS = 4_000;
const MAX_ITEM_CHARS = 32_000;

/** This message is no public statement for the board. */
export class NotAStatement extends InvalidInput {}

/** A statement in the feed as the board says it; nothing is verified yet. `receivedAt` in milliseconds. */
export interface PublishedItem {
  readonly hash: string;
  readonly message: Message;
  readonly signed: SignedProfile;
  readonly receivedAt: number;
}

/** What is left in the feed of a statement that was published. */
export interface GoneItem {
  readonly hash: string;
  readonly gone: string;
}

/** A statement whose author is proven; times in milliseconds, `receivedAt` the board's word alone. */
export interface VerifiedStatement {
  readonly hash: string;
  readonly author: string;
  readonly owner: string;
  readonly text: string;
  readonly statedAt: number;
  readonly receivedAt: number;
}

/** Makes a public statement of `from` for the board, signed with the author's keys; `timestamp` in milliseconds. */
export function composeStatement(board: string, from: string, text: string, timestamp: number, keys: ProfileKeys): Message {
  const { metadata, ...rest } = draftJson({ to: board, from, timestamp, type: "NEW", content: text });
  const members = { ...rest, metadata: { ...(metadata as object), public: true } };
  return readMessage(canonicalJson({ ...members, signature: sign(keys, canonicalJson(members)) }));
}

/** Reads an entry of the feed; verifies nothing. Throws `MalformedData` or `InvalidName`. */
export function readItem(value: Json): PublishedItem | GoneItem {
  const members = new Members(value, "the entry of the feed");
  const hash = members.text("hash", 66);
  const gone = members.optionalText("gone", 100);
  if (gone !== undefined) return { hash, gone };
  return {
    hash,
    message: readMessage(members.text("message", 2 * MAX_ITEM_CHARS)),
    signed: signedProfileFrom(members.object("profile").raw),
    receivedAt: members.whole("receivedAt"),
  };
}

/**
 * Verifies an entry for the board of that name. `owner` is the account that the author's name belongs to; of an
 * address name the name itself says it. Throws `NotAStatement` or `BadSignature`.
 */
export function verifyStatement(item: PublishedItem, board: string, owner?: string): VerifiedStatement {
  const { message, signed } = item;
  if (message.hash !== item.hash) throw new BadSignature("the board shows another message than it names");
  requireStatement(message, board);
  checkMessage(message, signed.profile.signingKey);
  const account = addressOf(message.from)?.address ?? owner;
  if (account === undefined || !profileIsSignedBy(signed, account)) {
    throw new BadSignature(`the profile beside the statement is not signed by ${message.from}'s owner`);
  }
  return {
    hash: message.hash,
    author: message.from,
    owner: checksumAddress(account),
    text: message.content ?? "",
    statedAt: message.timestamp,
    receivedAt: item.receivedAt,
  };
}

function requireStatement(message: Message, board: string): void {
  const text = message.content ?? "";
  const metadata = new Members(JSON.parse(message.text) as Json, "the message").object("metadata").raw;
  if (metadata["public"] !== true) throw new NotAStatement("its author has not made it public");
  if (message.type !== "NEW" || message.reference !== undefined) throw new NotAStatement("it is about another one");
  if (message.to !== normalize(board)) throw new NotAStatement("it is addressed to somebody else");
  if (message.attachments.length > 0) throw new NotAStatement("it has attachments");
  // Python's strip, which also takes U+001C to U+001F and U+0085 for space.
  if (text.replace(/[\s\x1c-\x1f\x85]/g, "") === "") throw new NotAStatement("it has no text");
  if ([...text].length > MAX_STATEMENT_CHARS || [...message.text].length > MAX_ITEM_CHARS) {
    throw new NotAStatement("it is too long");
  }
}
