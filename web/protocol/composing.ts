/** Making messages and envelopes, and opening them (specification 2.4). No I/O, no clock. */

import { BadSignature, canonicalJson, Dm3Error, RemoteProtocolError, sha256Hex } from "./base/index.ts";
import { isDataSigned, isHashSigned, type Opener, type ProfileKeys, type RandomBytes, SCHEME, sign } from "./crypto/index.ts";
import {
  type DeliveryInformation,
  type Draft,
  draftJson,
  type Envelope,
  informationJson,
  type Message,
  metadataJson,
  openText,
  type Postmark,
  readMessage,
  readPostmark,
  sealedMessageHash,
  sealText,
} from "./wire/index.ts";

/** Signs a draft with its sender's keys. */
export function compose(draft: Draft, keys: ProfileKeys): Message {
  const members = draftJson(draft);
  const signature = sign(keys, canonicalJson(members));
  return readMessage(canonicalJson({ ...members, signature }));
}

/** What an envelope is made for: public encryption keys, names, and who signs the metadata. */
export interface Addressing {
  readonly receiverKey: Uint8Array;
  readonly serviceKey: Uint8Array;
  readonly information: DeliveryInformation;
  readonly keys: ProfileKeys;
}

/** Seals a message (its canonical JSON) for its receiver, and where it goes for the delivery service. */
export function envelop(messageText: string, addressing: Addressing, random: RandomBytes): Envelope {
  const information = canonicalJson(informationJson(addressing.information));
  const deliveryInformation = sealText(information, addressing.serviceKey, random);
  const messageHash = sha256Hex(messageText);
  const signedText = canonicalJson(metadataJson(deliveryInformation, messageHash, SCHEME));
  return {
    message: sealText(messageText, addressing.receiverKey, random),
    deliveryInformation,
    signature: sign(addressing.keys, signedText),
    signedText,
    scheme: SCHEME,
    version: "v1",
    messageHash,
    encryptedMessageHash: undefined,
    postmark: undefined,
    openInformation: undefined,
  };
}

/** What was in an envelope; no postmark where none was put on or it cannot be opened. */
export interface OpenedEnvelope {
  readonly message: Message;
  readonly postmark: Postmark | undefined;
}

/** Opens an envelope with its receiver's keys; the message's signature is checked by `checkMessage`. */
export function openEnvelope(envelope: Envelope, keys: Opener): OpenedEnvelope {
  if (envelope.scheme !== undefined && envelope.scheme !== SCHEME) {
    throw new RemoteProtocolError("the encryption scheme is not known here");
  }
  const message = readMessage(openText(envelope.message, keys, "the sealed message"));
  if (envelope.messageHash !== undefined && envelope.messageHash !== message.hash) {
    throw new BadSignature("the envelope names another message than it holds");
  }
  // The npm build's hash covers the sealed text, which is itself a string, hence its JSON literal.
  const sealedHash = envelope.encryptedMessageHash;
  if (sealedHash !== undefined && sealedHash !== sha256Hex(canonicalJson(envelope.message))) {
    throw new BadSignature("the envelope names another sealed message than it holds");
  }
  return { message, postmark: openPostmark(envelope, keys) };
}

function openPostmark(envelope: Envelope, keys: Opener): Postmark | undefined {
  if (envelope.postmark === undefined) return undefined;
  try {
    return readPostmark(openText(envelope.postmark, keys, "the postmark"));
  } catch (error) {
    if (error instanceof Dm3Error) return undefined; // the service's word, not needed to read the message
    throw error;
  }
}

/** Throws `BadSignature` unless the sender's `signingKey` has signed the message. */
export function checkMessage(message: Message, signingKey: Uint8Array): void {
  if (!isDataSigned(signingKey, message.signedText, message.signature)) {
    throw new BadSignature(`the message is not signed by the profile of ${message.from}`);
  }
}

/** Whether the delivery service with this signing key postmarked this envelope. */
export function postmarkIsValid(postmark: Postmark, envelope: Envelope, serviceKey: Uint8Array): boolean {
  const known = [sealedMessageHash(envelope.message), envelope.messageHash];
  return known.includes(postmark.messageHash) && isHashSigned(serviceKey, postmark.signedText, postmark.signature);
}
