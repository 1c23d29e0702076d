/** Whose earlier profiles were seen, as one part that is loaded when somebody is looked up. */

import "./index.tsx"; // so that the first load is one file: it compresses better

export * from "../client/parts/seen.ts";
export { Earlier, Keys } from "./views/earlier.tsx";
