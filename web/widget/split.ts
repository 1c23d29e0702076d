/** Storage in two halves, where the browser gives the frame none of its own. */

import { CannotTell, type Service } from "../client/net/answers.ts";
import { SplitStorage } from "../client/storage/split.ts";
import type { Host } from "./host.ts";

/**
 * The storage whose ciphertext the host page keeps, or undefined where the service's half is not to be had. Throws
 * `CannotTell` where the page keeps one and nobody can tell now: a conversation is not given up for that.
 */
export async function splitStorage(place: string, gateway: Service, host: Host): Promise<SplitStorage | undefined> {
  const half = {
    load: () => host.ciphertext || undefined,
    save: (ciphertext: string | undefined) => {
      host.ciphertext = ciphertext;
      host.tell({ type: "store", ciphertext: ciphertext ?? null });
    },
  };
  try {
    return await SplitStorage.at(place, gateway, half);
  } catch (error) {
    if (error instanceof CannotTell && half.load() === undefined) return undefined;
    throw error;
  }
}
