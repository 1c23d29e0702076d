/**
 * Where messages are signed, sealed, opened and verified: here, or for big ones in a Worker, so that a page with
 * files in its messages does not stall.
 */

import { checkMessage, compose, envelop, type OpenedEnvelope, openEnvelope, postmarkIsValid } from "../protocol/composing.ts";
import type { ProfileKeys } from "../protocol/crypto/index.ts";
import { type DeliveryInformation, type Draft, type Envelope, envelopeText, type Message } from "../protocol/wire/index.ts";

/** For whom an envelope is: public encryption keys and names. */
export interface Addressed {
  readonly receiverKey: Uint8Array;
  readonly serviceKey: Uint8Array;
  readonly information: DeliveryInformation;
}

/** An opened envelope; `stamped`: whether the delivery service's key has signed its postmark. */
export interface Opened extends OpenedEnvelope {
  readonly stamped: boolean;
}

/** The work on messages that takes long where they are big. Each throws what its namesake in `composing` throws. */
export interface Making {
  /** Signs a draft. */
  compose(draft: Draft, keys: ProfileKeys): Promise<Message>;
  /** Seals a message (its canonical JSON); gives the envelope's JSON text. */
  envelop(text: string, addressed: Addressed, keys: ProfileKeys): Promise<string>;
  open(envelope: Envelope, keys: ProfileKeys, serviceKey: Uint8Array): Promise<Opened>;
  /** Throws `BadSignature` unless the key has signed the message. */
  check(message: Message, signingKey: Uint8Array): Promise<void>;
}

/** All of it here and now. */
export function makingHere(random: (length: number) => Uint8Array): Making {
  return {
    compose: async (draft, keys) => compose(draft, keys),
    envelop: async (text, addressed, keys) => envelopeText(envelop(text, { ...addressed, keys }, random)),
    open: async (envelope, keys, serviceKey) => {
      const { message, postmark } = openEnvelope(envelope, keys);
      return { message, postmark, stamped: postmark !== undefined && postmarkIsValid(postmark, envelope, serviceKey) };
    },
    check: async (message, signingKey) => checkMessage(message, signingKey),
  };
}

/** Characters from which on work is given to `big`. */
const BIG = 50_000;

/** Small messages here, big ones by `big`, which is loaded when there is one. */
export function makingBySize(here: Making, big: () => Promise<Making>): Making {
  const by = async (characters: number) => (characters < BIG ? here : await big());
  return {
    compose: async (draft, keys) => (await by(sizeOf(draft))).compose(draft, keys),
    envelop: async (text, addressed, keys) => (await by(text.length)).envelop(text, addressed, keys),
    open: async (envelope, keys, serviceKey) => (await by(envelope.message.length)).open(envelope, keys, serviceKey),
    check: async (message, signingKey) => (await by(message.text.length)).check(message, signingKey),
  };
}

function sizeOf({ content, attachments }: Draft): number {
  return (attachments ?? []).reduce((sum, { data }) => sum + data.length, content?.length ?? 0);
}
