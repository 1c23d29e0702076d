/** How forms and lists of conversations look; it comes with them. */
export const CSS = `
.form, .people { flex: 1; overflow-y: auto; padding: 14px; }
.form h2 { margin: 0 0 12px; font-size: 17px; }
.form > p { margin: 0 0 14px; overflow-wrap: anywhere; }
.form label, .people label { display: block; margin-block-end: 12px; font-size: 13px; color: var(--muted); }
.form :is(input, textarea, select), .people input { display: block; inline-size: 100%; margin-block-start: 3px; padding: 8px 10px; font: inherit; font-size: 15px; color: var(--text); background: var(--background); border: 1px solid light-dark(#8a8a99, #74748a); border-radius: 10px; }
.form textarea { resize: vertical; }
.primary { padding: 9px 16px; border: 0; border-radius: 10px; background: var(--accent); color: var(--on-accent); }
.primary:disabled { opacity: 0.6; }
.thanks { font-size: 17px; }
.people .hint { color: var(--muted); text-align: center; margin-block-start: 24px; }
.people ul { list-style: none; margin: 14px -14px 0; padding: 0; }
.people li button { inline-size: 100%; display: grid; grid-template-columns: 1fr auto; gap: 2px 10px; padding: 10px 14px; border: 0; border-block-start: 1px solid var(--line); background: none; text-align: start; }
.people li button:hover { background: var(--bubble); }
.people :is(b, li span) { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.people time, .people li span { font-size: 13px; color: var(--muted); }
.people em { font-style: normal; font-size: 12px; justify-self: end; padding: 1px 8px; border-radius: 10px; background: var(--accent); color: var(--on-accent); }
.back { display: flex; align-items: center; gap: 10px; padding: 6px 14px; border-block-end: 1px solid var(--line); }
.back button { border: 0; background: none; padding: 4px 0; flex: none; }
[dir="rtl"] .back span { display: inline-block; transform: scaleX(-1); }
.back b { min-inline-size: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-size: 14px; }
.hours { border-block-end: 1px solid var(--line); border-block-start: 0; }
.hours.open::before { content: "● "; color: light-dark(#15803d, #4ade80); }
`;
