/** How files look, in messages and before they are sent; it comes with them. */
export const FILES_LOOK = `
.files { margin: 0 0 6px; padding: 0; list-style: none; display: flex; flex-wrap: wrap; gap: 6px; font-size: 13px; }
.files li { display: flex; align-items: center; gap: 6px; max-inline-size: 100%; padding: 4px 8px; border: 1px solid var(--line); border-radius: 10px; overflow-wrap: anywhere; }
.files img { inline-size: 36px; block-size: 36px; object-fit: cover; border-radius: 6px; }
.files button { border: 0; background: none; padding: 0 2px; }
.image img { display: block; max-inline-size: 100%; max-block-size: 260px; border-radius: var(--radius); margin-block-start: 4px; }
.file { display: inline-block; margin-block-start: 4px; overflow-wrap: anywhere; color: inherit; }
`;
