/** How the board looks; it comes with it. */
export const CSS = `
.board { flex: 1; min-block-size: 0; display: flex; flex-direction: column; }
.board > ol { flex: 1; overflow-y: auto; list-style: none; margin: 0; padding: 14px; }
.board li { margin-block-end: 10px; padding: 9px 12px; border: 1px solid var(--line); border-radius: 12px; background: var(--bubble); overflow-wrap: anywhere; }
.board li p { margin: 0 0 4px; white-space: pre-wrap; }
.board li footer { display: flex; flex-wrap: wrap; gap: 4px 10px; align-items: baseline; font-size: 13px; color: var(--muted); }
.board li.own { border-color: var(--accent); }
.board li button, .board > .older { border: 0; background: none; padding: 4px 0; font-size: 13px; color: inherit; text-decoration: underline; }
.board > .older { padding: 8px; }
.board .none { text-align: center; color: var(--muted); margin: 24px 14px; }
.board form { padding: 10px 14px; border-block-start: 1px solid var(--line); }
.board form label { display: block; font-size: 13px; color: var(--muted); }
.board textarea { display: block; inline-size: 100%; margin-block: 4px 8px; padding: 8px 10px; font: inherit; font-size: 15px; color: var(--text); background: var(--background); border: 1px solid light-dark(#8a8a99, #74748a); border-radius: 10px; resize: vertical; }
.board .length { margin: 0 0 8px; font-size: 13px; color: var(--muted); }
.board .length:empty { display: none; }
.board form > div { display: flex; gap: 10px; align-items: center; justify-content: space-between; }
.board form small { font-size: 13px; color: var(--muted); }
.board .publish { flex: none; padding: 9px 16px; border: 0; border-radius: 10px; background: var(--accent); color: var(--on-accent); }
.board .publish:disabled { opacity: 0.6; }
`;
