/** The board as one part that is loaded when a page shows it. */

import "./index.tsx"; // so that the first load is one file: it compresses better
import { CSS } from "./views/board.css.ts";

const sheet = new CSSStyleSheet();
sheet.replaceSync(CSS);
document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];

export { BoardView } from "./views/board.tsx";
