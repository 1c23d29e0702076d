/** How the menus of messages look; it comes with them. */
export const MENU_LOOK = `
.acting { max-block-size: calc(100% - 16px); overflow: auto; inline-size: min(300px, calc(100% - 32px)); padding: 8px; }
.acting > p, .acting .actions { padding: 8px; margin: 0; }
.acting > button { display: block; inline-size: 100%; padding: 10px 12px; border: 0; border-radius: 8px; background: none; text-align: start; }
.acting > button:hover { background: var(--bubble); }
.acting > .danger { color: var(--danger); }
.emoji { display: flex; justify-content: space-between; margin-block-end: 4px; }
.emoji button { inline-size: 42px; block-size: 42px; padding: 0; border: 0; border-radius: 50%; background: none; font-size: 21px; }
.emoji [aria-pressed="true"] { background: var(--bubble); outline: 1px solid var(--accent); }
.emoji button:hover { background: var(--bubble); }
`;
