/** Which messenger is asked: by which of its names, with which clock, and whether it is known to take links (specification 3.3). */

import { Dm3Error, InvalidInput, UnsupportedByPeer, WrongState } from "../../protocol/base/index.ts";
import { timeText } from "../../protocol/linking/index.ts";
import { supports } from "../../protocol/wire/index.ts";
import type { Directory, Recipient } from "../net/directory.ts";

/** How far clocks may differ, in seconds. */
const SKEW = 120;

/** This device's clock differs from that of the services. */
export class WrongClock extends WrongState {
  override readonly code = "wrong-clock";
}

/** Nothing is known of what the messenger reads: whoever asks is to say that it may be asked. */
export class NothingKnown extends WrongState {
  override readonly code = "nothing-known";
}

/** The messenger that was named is the profile itself. */
export class OwnMessenger extends InvalidInput {
  override readonly code = "own-messenger";
}

/** Throws `WrongClock` where `now`, in milliseconds, is none of the times that the services of `main` have told. */
export function requireRightClock(now: number, { times }: Recipient): void {
  const told = Array.isArray(times) ? times.filter((time) => typeof time === "number") : [];
  const differences = told.map((time) => Math.abs(now / 1000 - time));
  if (differences.length === 0 || Math.min(...differences) <= SKEW) return;
  const nearest = told[differences.indexOf(Math.min(...differences))]!;
  throw new WrongClock(
    `this device's clock says ${timeText(Math.floor(now / 1000))}, that of the service ${timeText(nearest)}`,
    "Set the clock of this device, then try again. Nothing was signed or sent.",
  );
}

/** Whether a messenger lists a step of linking; false where nothing is known. Throws `UnsupportedByPeer` where it says no. */
export function requireSupport({ name, extension }: Recipient, step: "LINK" | "LINK_RECOVER"): boolean {
  const supported = extension && supports(extension, step);
  if (supported === false) throw new UnsupportedByPeer(`the messenger of ${name} does not take ${step}`);
  return supported === true;
}

/** `asked`, the name by which a messenger was asked, where it leads to the profile that answers by another one. */
export async function alsoKnownAs(directory: Directory, sender: Recipient, asked: string): Promise<readonly string[]> {
  if (sender.name === asked) return [];
  try {
    return (await directory.find(asked)).signed.hash === sender.signed.hash ? [asked] : [];
  } catch (error) {
    if (error instanceof Dm3Error && error.fault !== "network") return [];
    throw error;
  }
}
