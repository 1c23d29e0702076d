/** For delivery services of an older make, as one part that is loaded when one of them refuses a message. */

import "./index.tsx"; // so that the first load is one file: it compresses better

export * from "../client/parts/other_hash.ts";
