/** Has the document look as `css` says: for what is loaded with a part, once at its loading. */
export function look(css: string): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}
