/** How the launcher looks. A constructable style sheet needs no exception in a host's policy. */

export const CSS = `:host{position:fixed;inset-inline-end:20px;bottom:20px;z-index:99999}
[hidden]{display:none!important}
button,div{background:var(--dm3-accent,#4338ca);box-shadow:0 4px 16px #0004}
button{width:56px;height:56px;border:0;border-radius:50%;position:relative;display:grid;place-content:center;margin-inline-start:auto;color:var(--dm3-on-accent,#fff)}
i{width:24px;height:24px;background:currentColor;clip-path:polygon(0 0,100% 0,100% 75%,45% 75%,15% 100%,15% 75%,0 75%)}
output:not(:empty){position:absolute;top:-4px;right:-4px;padding:2px 8px;border-radius:16px;background:#b91c1c;color:#fff;font:13px system-ui}
div{width:380px;height:min(620px,100vh - 110px);margin-bottom:12px;border-radius:var(--dm3-radius,16px);overflow:hidden}
iframe{width:100%;height:100%;border:0;background:Canvas}
:host([display=inline]){position:static;display:block;width:100%;height:560px;button{display:none}div{width:100%;height:100%}}
@media(max-width:480px){:host(:not([display=inline])) div{position:fixed;inset:0;width:auto;height:auto;margin:0;border-radius:0}div:not([hidden])+button{display:none}}`;
