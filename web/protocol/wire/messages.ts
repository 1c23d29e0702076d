/** Messages as JSON (specification 2.4), in every spelling of 2.6. */

import { canonicalJson, type Json, MalformedData, Members, normalize, readJson, sha256Hex, without } from "../base/index.ts";
import { LINK_KINDS, TYPE_ALIASES } from "./dialects.ts";
import { linkJson, type LinkPayload, linkPayloadFrom } from "./links.ts";

const MAX_ATTACHMENTS = 100;

/** An attachment: a URI (`data:`, `https:`, `ipfs:`) and, where the sender gave one, a name. */
export interface Attachment {
  readonly data: string;
  readonly name?: string | undefined;
}

/** A message that is not signed yet; `timestamp` in milliseconds. */
export interface Draft {
  readonly to: string;
  readonly from: string;
  readonly timestamp: number;
  readonly type: string;
  readonly content?: string | undefined;
  readonly attachments?: readonly Attachment[] | undefined;
  readonly reference?: string | undefined;
  readonly link?: LinkPayload | undefined;
}

/** A signed message. `signedText` and `text` are the canonical JSON without and with the signature, as received. */
export interface Message {
  readonly to: string;
  readonly from: string;
  readonly timestamp: number;
  readonly type: string;
  readonly content: string | undefined;
  readonly attachments: readonly Attachment[];
  readonly reference: string | undefined;
  readonly link: LinkPayload | undefined;
  readonly signature: string;
  readonly signedText: string;
  readonly text: string;
  /** The hash by which others refer to it. */
  readonly hash: string;
}

/** The unsigned message as JSON members: what is signed is their canonical JSON. */
export function draftJson(draft: Draft): Record<string, unknown> {
  return {
    message: draft.content,
    metadata: {
      to: draft.to,
      from: draft.from,
      timestamp: draft.timestamp,
      type: draft.type,
      referenceMessageHash: draft.reference,
      link: draft.link && linkJson(draft.link),
    },
    attachments: draft.attachments?.map(({ data, name }) => ({ data, name })),
  };
}

/** Reads a message from the JSON text that was sealed; verifies no signature. */
export function readMessage(sealedText: string): Message {
  const value = readJson(sealedText, "the message");
  const members = new Members(value, "the message");
  const metadata = members.object("metadata");
  const type = metadata.text("type", 100);
  const text = canonicalJson(value);
  return {
    to: normalize(metadata.text("to")),
    from: normalize(metadata.text("from")),
    timestamp: metadata.whole("timestamp"),
    type: Object.hasOwn(TYPE_ALIASES, type) ? TYPE_ALIASES[type]! : type,
    content: members.optionalText("message"),
    attachments: attachments(members),
    reference: metadata.optionalText("referenceMessageHash", 100),
    link: isLinkType(type) ? linkPayloadFrom(metadata, LINK_KINDS[type]) : undefined,
    signature: members.text("signature", 1000),
    signedText: canonicalJson(without(members.raw, "signature")),
    text,
    hash: sha256Hex(text),
  };
}

/** What a kept message says, whose text was read and verified before it was kept: far cheaper than reading it. */
export function contentOf(keptText: string): Pick<Message, "content" | "attachments" | "reference"> {
  const members = new Members(JSON.parse(keptText) as Json, "the kept message");
  return {
    content: members.optionalText("message"),
    attachments: attachments(members),
    reference: members.object("metadata").optionalText("referenceMessageHash", 100),
  };
}

function isLinkType(type: string): type is keyof typeof LINK_KINDS {
  return Object.hasOwn(LINK_KINDS, type);
}

function attachments(members: Members): Attachment[] {
  const found = members.optionalItems("attachments") ?? [];
  if (found.length > MAX_ATTACHMENTS) {
    throw new MalformedData(`the message has more than ${MAX_ATTACHMENTS} attachments`);
  }
  return found.map((item: Json) => {
    if (typeof item === "string") return { data: item };
    const attachment = new Members(item, "the attachment");
    return { data: attachment.text("data"), name: attachment.optionalText("name", 1000) };
  });
}
