/** On the page that stands where no chat may be: tells the page around it why, and lets people close it. */

import type { ToFrame, ToLoader } from "../loader/protocol.ts";

const said = document.querySelector<HTMLElement>("main")!;
const close = document.querySelector("button")!;

addEventListener("message", ({ data, source, ports: [port] }: MessageEvent<ToFrame | undefined>) => {
  if (source !== window.parent || port === undefined || data?.type !== "hello") return;
  const tell = (message: ToLoader) => port.postMessage(message);
  tell({ type: "event", name: "dm3-error", detail: { code: said.dataset["code"], message: said.querySelector("h1")!.textContent } });
  close.hidden = data.settings.display === "inline";
  close.onclick = () => tell({ type: "close" });
  document.onkeydown = ({ key }) => {
    if (key === "Escape") tell({ type: "close" });
  };
});
