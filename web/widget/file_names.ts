/** Names and kinds of attached files, whatever a sender made up (Python: `dm3.protocol.messages.attachments`). */

const MAX_NAME = 120;
const DEVICES = /^(con|prn|aux|nul|com\d|lpt\d)$/i;
const IMAGE = /^data:image\/(png|jpeg|gif|webp);base64,/;

/** Whether it is an image that browsers show without running anything. */
export function isImage(data: string): boolean {
  return IMAGE.test(data);
}

/** `name` as one that does no harm: no folders, no control or direction signs, no leading dot, at most 120 bytes. */
export function safeFileName(name: string | undefined, otherwise = "attachment"): string {
  const last = (name ?? "").slice(0, 1_000).normalize("NFC").split(/[/\\]/).at(-1)!;
  const harmless = last.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu, "").replace(/\p{Zs}/gu, " ").replace(/[<>:"|?*]/g, "_");
  const text = bare(harmless);
  const dot = text.lastIndexOf(".");
  const split = dot > 0 && text.length - dot - 1 <= 16;
  const ending = split ? text.slice(dot) : "";
  let stem = split ? text.slice(0, dot) : text;
  if (DEVICES.test(stem.split(".", 1)[0]!.trim())) stem = `_${stem}`;
  const size = (part: string) => new TextEncoder().encode(part + ending).length;
  while (size(stem) > MAX_NAME) stem = [...stem].slice(0, -1).join("");
  return bare(stem + ending) || otherwise;
}

function bare(text: string): string {
  return text.replace(/^[ .]+|[ .]+$/g, "");
}
