/** How the menus of messages look, and what they lead to; it comes with them, as soon as there are messages. */
export const MENU_LOOK = `
dialog { max-inline-size: calc(100% - 32px); border: 1px solid var(--line); border-radius: var(--radius); background: var(--background); color: inherit; }
dialog p { margin: 0 0 14px; }
dialog::backdrop { background: #0006; }
.acting { max-block-size: calc(100% - 16px); overflow: auto; inline-size: min(300px, calc(100% - 32px)); padding: 8px; }
.acting > p, .acting .actions { padding: 8px; margin: 0; }
.acting > button { display: block; inline-size: 100%; padding: 10px 12px; border: 0; border-radius: 8px; background: none; text-align: start; }
.acting > button:hover { background: var(--bubble); }
.acting > .danger { color: var(--danger); }
.emoji { display: flex; justify-content: space-between; margin-block-end: 4px; }
.emoji button { inline-size: 42px; block-size: 42px; padding: 0; border: 0; border-radius: 50%; background: none; font-size: 21px; }
.emoji [aria-pressed="true"] { background: var(--bubble); outline: 1px solid var(--accent); }
.emoji button:hover { background: var(--bubble); }
.about { display: flex; gap: 8px; overflow: hidden; justify-content: space-between; padding-inline-start: 8px; border-inline-start: 3px solid var(--accent); }
.about button { border: 0; background: none; padding: 0 6px; }
.reactions { display: flex; gap: 4px; margin: 4px 0 0; padding: 0; list-style: none; font-size: 13px; }
.reactions button { padding: 1px 7px; border: 1px solid var(--line); border-radius: 10px; background: none; overflow: hidden; }
.reactions [aria-pressed="true"] { border-color: var(--accent); }
.own .reactions { justify-content: end; }
`;
