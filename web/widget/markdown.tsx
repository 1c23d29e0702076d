/**
 * A small subset of Markdown, written to virtual nodes and never to HTML text: nothing of a message is ever
 * interpreted as markup. `**bold**`, `*italic*`, `` `code` ``, links that say where they lead, line breaks.
 */

import type { ComponentChild, JSX } from "preact";

// An address ends before signs that nobody sees or that turn the direction: it reads as what it is.
const INLINE =
  /(`[^`\n]+`)|(\*\*[^*\n]+\*\*)|(\*[^*\n]+\*)|(https?:\/\/[^\s<>"'`\u200b-\u200f\u202a-\u202e\u2060-\u206f]+[^\s<>"'`\u200b-\u200f\u202a-\u202e\u2060-\u206f.,;:!?)\]])/g;
const LONGEST = 20_000;

/** `text` as nodes; what is longer than anybody reads is cut. */
export function Markdown({ text }: { text: string }): JSX.Element {
  const lines = text.slice(0, LONGEST).split("\n");
  return (
    <>
      {lines.map((line, at) => (
        <>
          {at > 0 && <br />}
          {inline(line)}
        </>
      ))}
      {text.length > LONGEST && "…"}
    </>
  );
}

function inline(line: string): ComponentChild[] {
  const nodes: ComponentChild[] = [];
  let end = 0;
  for (const found of line.matchAll(INLINE)) {
    nodes.push(line.slice(end, found.index));
    nodes.push(node(found));
    end = found.index + found[0].length;
  }
  nodes.push(line.slice(end));
  return nodes;
}

function node(found: RegExpMatchArray): ComponentChild {
  const [whole, code, bold, italic] = found;
  if (code !== undefined) return <code>{code.slice(1, -1)}</code>;
  if (bold !== undefined) return <strong>{bold.slice(2, -2)}</strong>;
  if (italic !== undefined) return <em>{italic.slice(1, -1)}</em>;
  return link(whole);
}

/** A link that reads as where it leads: a host in letters that look like others is spelled as machines do. */
function link(address: string): ComponentChild {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || url.username !== "" || url.password !== "") return address;
  return (
    <a href={url.href} dir="ltr" target="_blank" rel="noopener noreferrer nofollow">
      {/^[!-~]+$/.test(address.split("/", 3)[2]!) ? address : url.href}
    </a>
  );
}
