/** Keeping the state and sharing it with other tabs, as one part that is loaded after the first load. */

import "./index.tsx"; // so that the first load is one file: it compresses better

import type { Service } from "../client/net/answers.ts";
import { MemoryStorage, type Storage } from "../client/storage/index.ts";
import { OwnStorage } from "../client/storage/own.ts";
import type { Host } from "./host.ts";
import { splitStorage } from "./split.ts";

export * from "../client/parts/stored.ts";

/** The best storage for `place` that this browser gives this frame. Throws what `splitStorage` throws. */
export async function storageFor(place: string, gateway: Service, host: Host | undefined): Promise<Storage> {
  const own = await OwnStorage.at(place, (kept) => host && marked(host, kept));
  return own ?? (host && (await splitStorage(place, gateway, host))) ?? new MemoryStorage();
}

/** Has the page remember that somebody was here before: the loader opens the frame early then. */
function marked(host: Host, kept: boolean): void {
  // A half that the page has from before stays until all is forgotten.
  if (kept && host.ciphertext) return;
  host.ciphertext = undefined;
  host.tell({ type: "store", ciphertext: kept ? "" : null });
}
