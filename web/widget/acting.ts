/** What can be done with a message, as one part that is loaded when it is needed. */

import "./index.tsx"; // so that the first load is one file: it compresses better

export { actingStringsFor } from "./strings/acting/index.ts";
export { MessageMenu } from "./views/menu.tsx";
export { walk } from "./views/walk.ts";
