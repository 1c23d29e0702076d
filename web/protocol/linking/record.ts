/** The published record `network.dm3.link`, private: the main profile stands in it as a commitment (specification 3.4). */

import { canonicalJson, sha256Hex } from "../base/index.ts";
import { type ProfileKeys, recordSaltFrom, sign } from "../crypto/index.ts";
import { dataUri } from "../wire/index.ts";
import { type Asking, LinkRefused } from "./requester.ts";

/** The text record's value for an accepted link of the profile `name`. */
export function linkRecord(asking: Asking, name: string, hash: string, keys: ProfileKeys): string {
  const { accepted, mainName, mainSignature, validUntil } = asking;
  if (accepted === undefined || mainSignature === undefined) throw new LinkRefused("not-linked");
  const linkMessageHash = sha256Hex(accepted.linkMessage);
  // Both profiles hold the seed, so both know the salt without its ever being sent.
  const salt = recordSaltFrom(keys.seed, linkMessageHash);
  const mainCommitment = sha256Hex(canonicalJson({ main: mainName, mainSignature, salt }));
  const members = { version: 1, profileName: name, profileHash: hash, validUntil, linkMessageHash, mainCommitment };
  return dataUri({ ...members, signature: sign(keys, canonicalJson(members)) });
}
