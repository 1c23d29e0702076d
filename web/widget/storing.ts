/** Keeping the state and sharing it with other tabs, as one part that is loaded where the browser gives storage. */

import "./index.tsx"; // so that the first load is one file: it compresses better

export * from "../client/parts/stored.ts";
export * from "../client/storage/own.ts";
