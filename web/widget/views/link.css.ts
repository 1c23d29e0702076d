/** How the panel for linking looks; it comes with the panel. */
export const CSS = `
.link { padding: 12px 14px; border-block-start: 1px solid var(--line); overflow-y: auto; max-block-size: 75%; flex: none; }
.link h2 { margin: 0 0 8px; font-size: 16px; }
.link p { margin: 0 0 10px; }
.link label { display: block; margin-block-end: 10px; font-size: 13px; color: var(--muted); }
.link input { display: block; inline-size: 100%; padding: 8px 10px; font: inherit; color: var(--text); background: transparent; border: 1px solid light-dark(#8a8a99, #74748a); border-radius: 10px; }
.link .hint { font-size: 13px; color: var(--muted); }
.link button { padding: 8px 14px; margin-inline-end: 8px; border: 1px solid var(--line); border-radius: 10px; background: transparent; }
.link .primary { background: var(--accent); color: var(--on-accent); border-color: transparent; }
.link .danger { color: var(--danger); }
.link form { margin-block-end: 10px; }
`;
