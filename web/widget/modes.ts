/** What pages may embed besides one conversation, as one part that is loaded when it is needed. */

import { CSS } from "./views/modes.css.ts";

const sheet = new CSSStyleSheet();
sheet.replaceSync(CSS);
document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];

export { isOpen } from "./hours.ts";
export { modeStringsFor } from "./strings/modes/index.ts";
export { FormView } from "./views/form.tsx";
export { HoursLine } from "./views/hours.tsx";
export { BackBar, People } from "./views/people.tsx";
