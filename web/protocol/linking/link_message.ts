/** The Link Message: what the wallet signs (profile-links.md; specification 3.3). Printed one way. */

import { InvalidInput, normalize, toHex } from "../base/index.ts";
import { checksumAddress, type RandomBytes } from "../crypto/index.ts";
import type { LinkKind } from "../wire/index.ts";
import { timeText } from "./times.ts";

const STATEMENT = "Link your local profile with your dm3 account:";
const NOTE = "(There is no paid transaction initiated. The signature is used off-chain only.)";
const KINDS = { request: "LINK", recover: "LINK_RECOVER" } as const satisfies Partial<Record<LinkKind, string>>;
/** A part that is one word and brings no line of its own; nothing in it moves a cursor. */
const WORD = /^[^\s\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]+$/;

/** What the wallet signs; times in UNIX seconds. */
export interface LinkMessage {
  readonly kind: keyof typeof KINDS;
  readonly mainName: string;
  readonly uri: string;
  readonly nonce: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly chainId: number;
  readonly profileName: string;
  readonly profileHash: string;
  readonly owner: string;
  /** For a recovery: the hash of the temporary signed profile. */
  readonly recoverInto?: string | undefined;
}

/** A Link Message's nonce: 128 random bits as 32 hex digits. */
export function newLinkNonce(random: RandomBytes): string {
  return toHex(random(16)).slice(2);
}

/** The exact text that the wallet signs. Throws `InvalidInput` for parts that are not one word. */
export function printLinkMessage(message: LinkMessage): string {
  const bound = [
    ["type", KINDS[message.kind]],
    ["profile", normalize(message.profileName)],
    ["profile-hash", message.profileHash],
    ["recover-into", message.recoverInto],
    ["owner", checksumAddress(message.owner)],
  ].filter((pair): pair is [string, string] => pair[1] !== undefined);
  for (const word of [message.uri, message.nonce, ...bound.map(([, value]) => value)]) {
    if (!WORD.test(word)) throw new InvalidInput("a Link Message's parts are single words");
  }
  return [
    STATEMENT,
    normalize(message.mainName),
    "",
    NOTE,
    "",
    `URI: ${message.uri}`,
    "Version: 1",
    `Chain ID: ${message.chainId}`,
    `Nonce: ${message.nonce}`,
    `Issued At: ${timeText(message.issuedAt)}`,
    `Expiration Time: ${timeText(message.expiresAt)}`,
    "Resources:",
    ...bound.map(([label, value]) => `- dm3:${label}:${value}`),
  ].join("\n");
}
