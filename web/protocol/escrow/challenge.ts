/** The text with which an owner has an escrow released, checked before the wallet sees it (specification 3.8). */

import { MalformedData, normalize } from "../base/index.ts";
import { checksumAddress } from "../crypto/index.ts";
import { timeText } from "../linking/times.ts";

const LONGEST_TERM = 3_600;
const SKEW = 120;
const TIMES = /^Nonce: ([0-9a-f]{32,128})\nIssued At: (\S+)\nExpiration Time: (\S+)$/m;

/** Throws `MalformedData` unless `text` asks for what the user wants and for nothing else; `now` in UNIX seconds. */
export function checkEscrowChallenge(text: string, meant: { service: string; app: string; owner: string }, now: number): void {
  const [, nonce, issued, expires] = TIMES.exec(text) ?? [];
  const [from, until] = [seconds(issued), seconds(expires)];
  const wanted =
    `${normalize(meant.service)} keeps sealed copies of dm3 profiles and asks who wants to open one:\n` +
    `${checksumAddress(meant.owner)}\n\n` +
    `Sign this only if you want to use your profile of ${normalize(meant.app)} on this device.\n` +
    "(There is no paid transaction initiated. The signature is used off-chain only.)\n\n" +
    "Purpose: release of the escrow\nVersion: 1\n" +
    `Nonce: ${nonce}\nIssued At: ${issued}\nExpiration Time: ${expires}`;
  if (nonce === undefined || text !== wanted) throw new MalformedData("the service asks for another signature than it should");
  const lasts = until - from;
  if (!(lasts > 0 && lasts <= LONGEST_TERM && from - SKEW <= now && now < until + SKEW)) {
    throw new MalformedData("what the service asks to sign is not valid now", "Check this device's clock.");
  }
}

/** The time of a text as this protocol writes it; NaN for any other. */
function seconds(text = ""): number {
  const found = Date.parse(text) / 1000;
  return Number.isInteger(found) && timeText(found) === text ? found : NaN;
}
