export {
  LINK_KINDS,
  LINK_TYPES,
  type LinkKind,
  MESSAGE_TYPES,
  type MessageType,
  SERVICE_FALLBACK,
  TYPE_ALIASES,
} from "./dialects.ts";
export {
  type DeliveryInformation,
  type Envelope,
  envelopeFrom,
  envelopeText,
  informationFrom,
  informationJson,
  metadataJson,
  type Postmark,
  readPostmark,
  sealedMessageHash,
} from "./envelopes.ts";
export { linkJson, type LinkPayload, linkPayloadFrom, unixSeconds } from "./links.ts";
export { type Attachment, contentOf, type Draft, draftJson, type Message, readMessage } from "./messages.ts";
export {
  type DeliveryServiceProfile,
  extensionFrom,
  type Profile,
  type ProfileExtension,
  profileIsSignedBy,
  profileJson,
  profileMessage,
  readDeliveryService,
  readSignedProfile,
  type SignedProfile,
  signedProfileFrom,
  supports,
  withSignature,
} from "./profiles.ts";
export { dataUri, readTextRecord, type TextRecord } from "./records.ts";
export { openText, sealText } from "./sealed.ts";
