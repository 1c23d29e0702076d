/** All about one's own side of the chat, as one part that is loaded when it is needed. */

import "./index.tsx"; // so that the first load is one file: it compresses better

export { Overview as Panel } from "./views/overview.tsx";
