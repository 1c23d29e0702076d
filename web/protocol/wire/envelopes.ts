/** Envelopes, delivery information and postmarks as JSON (specification 2.4, 2.6). */

import { canonicalJson, type Json, MalformedData, Members, normalize, readJson, toHex, without } from "../base/index.ts";
import { personalHash } from "../crypto/index.ts";
import { POSTMARK_TIMES } from "./dialects.ts";

const VERSION = "v1";
const METADATA = ["deliveryInformation", "encryptedMessageHash", "encryptionScheme", "messageHash", "signature", "version"];

/** For whom and from whom, sealed for the delivery service. */
export interface DeliveryInformation {
  readonly to: string;
  readonly from: string;
  readonly instruction?: string | undefined;
}

/** A sealed message with its metadata; sealed parts are texts that stay opaque until opened. */
export interface Envelope {
  readonly message: string;
  /** Empty where a reference delivery service has put the open one in its place. */
  readonly deliveryInformation: string;
  readonly signature: string;
  /** The canonical JSON of the metadata without its signature; undefined where the service has broken it. */
  readonly signedText: string | undefined;
  readonly scheme: string | undefined;
  readonly version: string;
  readonly messageHash: string | undefined;
  readonly encryptedMessageHash: string | undefined;
  readonly postmark: string | undefined;
  readonly openInformation: DeliveryInformation | undefined;
}

/** When the delivery service took the envelope in (milliseconds), signed by it. */
export interface Postmark {
  readonly messageHash: string;
  readonly incomingTimestamp: number;
  readonly signature: string;
  readonly signedText: string;
  readonly information: DeliveryInformation | undefined;
}

/** The envelope metadata that the sender signs: the current reference's members, no others. */
export function metadataJson(deliveryInformation: string, messageHash: string, scheme: string): Record<string, Json> {
  return { deliveryInformation, encryptionScheme: scheme, messageHash, version: VERSION };
}

/** Writes an envelope as JSON text. */
export function envelopeText(envelope: Envelope): string {
  return canonicalJson({
    message: envelope.message,
    metadata: {
      deliveryInformation: envelope.deliveryInformation,
      encryptedMessageHash: envelope.encryptedMessageHash,
      encryptionScheme: envelope.scheme,
      messageHash: envelope.messageHash,
      signature: envelope.signature,
      version: envelope.version,
    },
    postmark: envelope.postmark,
  });
}

/** Reads an envelope from a JSON value; opens and verifies nothing. */
export function envelopeFrom(value: Json): Envelope {
  const members = new Members(value, "the envelope");
  members.only("message", "metadata", "postmark");
  const metadata = members.object("metadata");
  metadata.only(...METADATA);
  // Signed as null and written again as absent, a member would break the sender's signature.
  if (Object.values(metadata.raw).includes(null)) {
    throw new MalformedData("the envelope's metadata has a member that is null");
  }
  const information = metadata.raw["deliveryInformation"];
  const isOpen = typeof information === "object";
  const messageHash = metadata.optionalText("messageHash", 100);
  const encryptedMessageHash = metadata.optionalText("encryptedMessageHash", 100);
  if ((messageHash === undefined) === (encryptedMessageHash === undefined)) {
    throw new MalformedData("the envelope needs either messageHash or encryptedMessageHash");
  }
  return {
    message: members.text("message"),
    deliveryInformation: isOpen ? "" : metadata.text("deliveryInformation"),
    signature: metadata.text("signature", 1000),
    signedText: isOpen ? undefined : canonicalJson(without(metadata.raw, "signature")),
    scheme: metadata.optionalText("encryptionScheme", 100),
    version: metadata.text("version", 20),
    messageHash,
    encryptedMessageHash,
    postmark: members.optionalText("postmark"),
    openInformation: isOpen ? informationFrom(information as Json) : undefined,
  };
}

/** Delivery information as JSON members. */
export function informationJson(information: DeliveryInformation): Record<string, Json | undefined> {
  return { to: information.to, from: information.from, deliveryInstruction: information.instruction };
}

/** Reads delivery information. */
export function informationFrom(value: Json): DeliveryInformation {
  const members = new Members(value, "the delivery information");
  return {
    to: normalize(members.text("to")),
    from: normalize(members.text("from")),
    instruction: members.optionalText("deliveryInstruction", 10_000),
  };
}

/** The reference's postmark hash: EIP-191 over the sealed text as a JSON string literal. */
export function sealedMessageHash(sealed: string): string {
  return toHex(personalHash(canonicalJson(sealed)));
}

/** Reads an opened postmark in either spelling; verifies nothing. */
export function readPostmark(text: string): Postmark {
  const members = new Members(readJson(text, "the postmark"), "the postmark");
  const time = POSTMARK_TIMES.find((name) => Object.hasOwn(members.raw, name)) ?? POSTMARK_TIMES[0];
  const information = members.optionalObject("deliveryInformation");
  return {
    messageHash: members.text("messageHash", 100),
    incomingTimestamp: members.whole(time),
    signature: members.text("signature", 1000),
    signedText: canonicalJson(without(members.raw, "signature")),
    information: information && informationFrom(information.raw),
  };
}
