/** Keeping the state and sharing it with other tabs, as one part that is loaded where the browser gives storage. */

import "./index.tsx"; // so that the first load is one file: it compresses better

import { OwnStorage } from "../client/storage/own.ts";
import type { Host } from "./host.ts";

export * from "../client/parts/stored.ts";

/** This browser's storage for the frame, where it gives one; the page remembers that somebody was here before. */
export function ownStorage(place: string, host: Host | undefined): Promise<OwnStorage | undefined> {
  return OwnStorage.at(place, (kept) => {
    // The loader opens the frame early then. A half that the page has from before stays until all is forgotten.
    if (kept && host?.ciphertext) return;
    if (host !== undefined) host.ciphertext = undefined;
    host?.tell({ type: "store", ciphertext: kept ? "" : null });
  });
}
