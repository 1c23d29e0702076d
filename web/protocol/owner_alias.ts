/** Our own text with which an owner ties a profile to their account in public (specification 3.1). */

import { normalize, toHex } from "./base/index.ts";
import { checksumAddress, type RandomBytes } from "./crypto/index.ts";
import { timeText } from "./linking/times.ts";

const TERM = 3_600;

/** The exact text for the owner to sign; `now` in UNIX seconds, `replaces` the profile that loses the alias. */
export function ownerAliasText(app: string, owner: string, name: string, now: number, random: RandomBytes, replaces?: string): string {
  return (
    `${normalize(app)} asks you to show that a dm3 profile belongs to your Ethereum account:\n` +
    `${checksumAddress(owner)}\n\n` +
    "Everybody will be able to see that this profile is yours.\n" +
    "(There is no paid transaction initiated. The signature is used off-chain only.)\n\n" +
    `Profile: ${normalize(name)}\n` +
    (replaces === undefined ? "" : `Replaces: ${normalize(replaces)}\n`) +
    `Version: 1\nNonce: ${toHex(random(16)).slice(2)}\n` +
    `Issued At: ${timeText(now)}\nExpiration Time: ${timeText(now + TERM)}`
  );
}
