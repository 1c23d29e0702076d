/** Which faults end the trying: those of our own message, and a definite refusal in the service's form (specification 4). */

import { BadSignature, type Dm3Error, TooLarge, UnsupportedByPeer } from "../../protocol/base/index.ts";
import { Refused } from "../net/answers.ts";

/** The gateway's code where a service that answers with words takes a message in no such form. */
const PLAIN_REFUSAL = "plain-refusal";
/** Codes of the gateway and of JSON-RPC after which the same message is refused for ever. */
const FINAL_CODES = new Set([PLAIN_REFUSAL, "-32602", "-32010", "-32011", "-32003", "-32600"]);
/** What a service says of a message that it cannot open, for one thing: it may have other keys than we knew. */
const MAY_HAVE_OTHER_KEYS = "-32000";
/** For how long a service is looked up anew after that, in milliseconds: longer than anybody remembers its former keys. */
const LOOKED_UP_FOR = 180_000;
/** What the gateway says of a message that is larger than its receiver's service takes. */
const TOO_LARGE = 413;

/** Whether a message that was first tried `age` milliseconds ago is given up for this. */
export function isFinal(error: Dm3Error, age: number): boolean {
  if (!(error instanceof Refused)) {
    return error instanceof BadSignature || error instanceof TooLarge || error instanceof UnsupportedByPeer;
  }
  if (error.reason === MAY_HAVE_OTHER_KEYS) return age > LOOKED_UP_FOR;
  return FINAL_CODES.has(error.reason) || error.status === TOO_LARGE;
}

/** Whether a service may yet take the same message in the other form of its envelope. */
export function wantsOtherForm(error: unknown): boolean {
  return error instanceof Refused && error.reason === PLAIN_REFUSAL;
}
