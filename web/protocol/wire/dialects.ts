/** Where the published text, the reference and the older pages differ: tables, and nothing else (specification 2.6, 3.7). */

/** The message types known here. The set is open: others are kept as plain text. */
export const MESSAGE_TYPES = [
  "NEW",
  "DELETE_REQUEST",
  "EDIT",
  "REPLY",
  "REACTION",
  "READ_OPENED",
  "READ_RECEIVED",
  "RESEND_REQUEST",
  "LINK",
  "LINK_RECOVER",
  "LINK_ACCEPT",
  "LINK_REJECT",
  "LINK_REVOKE",
] as const;
export type MessageType = (typeof MESSAGE_TYPES)[number];

/** Published message types and the reference's name for them. */
export const TYPE_ALIASES: Readonly<Record<string, MessageType>> = { READ_RECEIPT: "READ_OPENED" };

/** The reference's spelling first; both are written, either is read. */
export const POSTMARK_TIMES = ["incommingTimestamp", "incomingTimestamp"] as const;

/** The steps of linking by message type, in the vocabulary that this side writes (specification 3.9). */
export const LINK_KINDS = {
  LINK: "request",
  LINK_RECOVER: "recover",
  LINK_ACCEPT: "accept",
  LINK_REJECT: "reject",
  LINK_REVOKE: "revoke",
} as const satisfies Partial<Record<MessageType, string>>;
export type LinkKind = (typeof LINK_KINDS)[keyof typeof LINK_KINDS];

export const LINK_TYPES = Object.fromEntries(
  Object.entries(LINK_KINDS).map(([type, kind]) => [kind, type]),
) as Record<LinkKind, keyof typeof LINK_KINDS>;

export const SERVICE_FALLBACK = "This is a service message for linking profiles; your app does not show it.";
