/** What pages may embed besides one conversation, as one part that is loaded when it is needed. */

import "./index.tsx"; // so that the first load is one file: it compresses better
import { CSS } from "./views/modes.css.ts";

const sheet = new CSSStyleSheet();
sheet.replaceSync(CSS);
document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];

export { Mode as Panel } from "./views/mode.tsx";
export { takeFromPage } from "./users.ts";
