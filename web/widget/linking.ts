/** Everything of linking, as one part that is loaded when it is needed. */

import "./index.tsx"; // so that the first load is one file: it compresses better

export { AnotherOwner, claimAlias, keysBySigning, Linking, linkOf, withCopy } from "../client/parts/linking.ts";
export { LinkPanel as Panel } from "./views/link.tsx";
export { showSigningWindow } from "./views/signing_window.tsx";
