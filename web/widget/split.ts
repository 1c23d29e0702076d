/** Storage in two halves, loaded where the browser gives the frame none of its own. */

import "./index.tsx"; // so that the first load is one file: it compresses better

export { SplitStorage } from "../client/storage/split.ts";
