/** Making a profile, as one part that is loaded for the first message. */

import "./index.tsx"; // so that the first load is one file: it compresses better

export * from "../client/parts/creation.ts";
