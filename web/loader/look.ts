/** How the launcher looks. A constructable style sheet needs no exception in a host's policy. */

export const CSS = `
:host{position:fixed;inset-inline-end:20px;inset-block-end:20px;z-index:2147483000;display:block}
:host([display=inline]){position:static;inline-size:100%;block-size:560px}
[hidden]{display:none!important}
button{inline-size:56px;block-size:56px;border:0;border-radius:50%;cursor:pointer;color:var(--dm3-on-accent,#fff);background:var(--dm3-accent,#4338ca);box-shadow:0 4px 16px #0004;position:relative;display:grid;place-items:center;margin-inline-start:auto}
button:focus-visible{outline:3px solid var(--dm3-accent,#4338ca);outline-offset:3px}
svg{inline-size:28px;fill:currentColor}
output:not(:empty){position:absolute;inset-block-start:-4px;inset-inline-end:-4px;min-inline-size:22px;padding:2px 5px;border-radius:11px;box-sizing:border-box;background:#b91c1c;color:#fff;font:600 13px/18px system-ui,sans-serif}
div{inline-size:380px;block-size:min(620px,calc(100vh - 110px));margin-block-end:12px;border-radius:var(--dm3-radius,16px);overflow:hidden;box-shadow:0 8px 40px #0005;background:Canvas}
iframe{inline-size:100%;block-size:100%;border:0;display:block;color-scheme:normal}
:host([display=inline]) button{display:none}
:host([display=inline]) div{inline-size:100%;block-size:100%;margin:0;box-shadow:none;border:1px solid #8884}
@media (max-width:480px){:host(:not([display=inline])) div:not([hidden]){position:fixed;inset:0;inline-size:auto;block-size:auto;margin:0;border-radius:0}}
`;

export function ICON(): SVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", "M4 3h16a2 2 0 0 1 2 2v11a2 2 0 0 1-2 2H9l-5 4v-4a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2z");
  svg.append(path);
  return svg;
}
