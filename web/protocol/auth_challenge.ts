/**
 * The challenge by which a delivery service has a profile prove itself: what may be signed as one.
 *
 * A hostile service could pass on the challenge of an honest one. Ours say whom they are for: service (`aud`)
 * and profile (`name`); one that says nothing of itself (the reference's) is signed for whoever sent it.
 */

import { Dm3Error, fromBase64, fromUtf8, type JsonObject, MalformedData, normalize, readJson } from "./base/index.ts";

const CHALLENGE = /^[A-Za-z0-9._~+/=-]{16,4096}$/;
const HASH = /^(?:0[xX])?[0-9a-fA-F]{64}$/;

/** The challenge is one of another delivery service, or for another profile. */
export class ForeignChallenge extends MalformedData {}

/** The challenge, if the key of the profile `name` may sign it for the delivery service `service`. */
export function checkChallenge(challenge: unknown, service: string, name: string): string {
  if (typeof challenge !== "string" || !CHALLENGE.test(challenge) || HASH.test(challenge)) {
    throw new MalformedData("the delivery service's challenge is not one that may be signed");
  }
  for (const claims of challenge.split(".").map(claimsIn)) {
    if (!("purpose" in claims || "aud" in claims)) continue;
    if (claims["purpose"] !== "challenge") throw new ForeignChallenge("it is something else that a service signs");
    if (!isName(claims["aud"], service)) throw new ForeignChallenge("it is a challenge of another service");
    if (!isName(claims["name"], name)) throw new ForeignChallenge("it is a challenge for another profile");
  }
  return challenge;
}

function isName(claimed: unknown, expected: string): boolean {
  try {
    return typeof claimed === "string" && normalize(claimed) === normalize(expected);
  } catch (error) {
    if (error instanceof Dm3Error) return false;
    throw error;
  }
}

/** The members of a part of a JWT, read tolerantly; nothing if it is no such part. */
function claimsIn(part: string): JsonObject {
  const usual = part.replaceAll("-", "+").replaceAll("_", "/").replace(/=+$/, "");
  try {
    const found = readJson(fromUtf8(fromBase64(usual + "=".repeat((4 - (usual.length % 4)) % 4), "it"), "it"), "it", 4096);
    return typeof found === "object" && found !== null && !Array.isArray(found) ? (found as JsonObject) : {};
  } catch (error) {
    if (error instanceof Dm3Error) return {};
    throw error;
  }
}
