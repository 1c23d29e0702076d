/** Everything of coming back on another device, as one part that is loaded when it is needed. */

import "./index.tsx"; // so that the first load is one file: it compresses better

export * from "../client/parts/returning.ts";
export { BackPanel as Panel } from "./views/back.tsx";
