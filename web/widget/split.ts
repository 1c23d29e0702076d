/** Storage in two halves, loaded where the browser gives the frame none of its own. */

import "./index.tsx"; // so that the first load is one file: it compresses better

import type { Service } from "../client/net/answers.ts";
import { SplitStorage } from "../client/storage/split.ts";
import type { Host } from "./host.ts";

/** The storage whose ciphertext the host page keeps, or undefined where the service's half is not to be had. */
export function splitStorage(place: string, gateway: Service, host: Host): Promise<SplitStorage | undefined> {
  const half = {
    load: () => host.ciphertext || undefined,
    save: (ciphertext: string | undefined) => {
      host.ciphertext = ciphertext;
      host.tell({ type: "store", ciphertext: ciphertext ?? null });
    },
  };
  return SplitStorage.at(place, gateway, half);
}
