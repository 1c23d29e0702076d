/** How the panel for linking looks; it comes with the panel. */
const CSS = `
.link { padding: 12px 14px; border-block-start: 1px solid var(--line); overflow-y: auto; max-block-size: 75%; min-block-size: 0; }
.link h2 { margin: 0 0 8px; font-size: 16px; outline: none; }
.link dl { margin: 0 0 4px; }
.link dt { margin-block-end: 2px; font-size: 13px; color: var(--muted); }
.link dd { margin: 0 0 14px; }
.link dd p { margin: 0 0 6px; }
.link dd button { margin-block: 2px 4px; }
.link dd code { display: block; font: 12px/1.5 ui-monospace, monospace; overflow-wrap: anywhere; user-select: all; }
.link p { margin: 0 0 10px; }
.link label { display: block; margin-block-end: 10px; font-size: 13px; color: var(--muted); }
.link input { display: block; inline-size: 100%; padding: 8px 10px; font: inherit; color: var(--text); background: transparent; border: 1px solid light-dark(#8a8a99, #74748a); border-radius: 10px; }
.link .hint { font-size: 13px; color: var(--muted); }
.link button { padding: 8px 14px; margin-block-end: 8px; margin-inline-end: 8px; border: 1px solid var(--line); border-radius: 10px; background: transparent; }
.link .primary { background: var(--accent); color: var(--on-accent); border-color: transparent; }
.link .danger { color: var(--danger); }
.link form { margin-block-end: 2px; }
.link .choice { display: flex; gap: 8px; align-items: start; }
.link .choice input { inline-size: auto; margin: 2px 0 0; }
.link fieldset { margin: 0 0 10px; padding: 0; border: 0; }
.link legend { padding: 0; margin-block-end: 6px; font-size: 13px; color: var(--muted); }
.link .readable { margin-block-end: 10px; }
.link .code { display: block; margin: 0 0 12px; padding: 10px; font: 600 16px/1.6 ui-monospace, monospace; letter-spacing: 0.04em; text-align: center; overflow-wrap: anywhere; border: 1px solid var(--line); border-radius: 10px; }
.link pre { margin: 0 0 12px; padding: 10px; max-block-size: 260px; overflow: auto; white-space: pre-wrap; overflow-wrap: anywhere; font-size: 12px; border: 1px solid var(--line); border-radius: 10px; }
`;

let sheet: CSSStyleSheet | undefined;

/** Has the document look so, once. */
export function linkLook(): void {
  if (sheet !== undefined) return;
  sheet = new CSSStyleSheet();
  sheet.replaceSync(CSS);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}
