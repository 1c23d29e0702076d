/** Attaching files, as one part that is loaded when it is needed. */

import "./index.tsx"; // so that the first load is one file: it compresses better

import { mostBytes } from "../client/parts/limits.ts";
import type { Attachment } from "../protocol/wire/index.ts";
import { safeFileName } from "./file_names.ts";
import { jobs } from "./jobs.ts";
import type { Session } from "./session.ts";
import type { AttachingStrings } from "./strings/attaching/index.ts";
import { filled } from "./strings/index.ts";

export { attachingStringsFor } from "./strings/attaching/index.ts";
export { jobs } from "./jobs.ts";
export { Attachment } from "./views/attachment.tsx";
export { ChosenFiles } from "./views/files.tsx";

const MOST_FILES = 20;

/** Bytes that the files of one message to `peer` may have together: the application's limit, and the service's. */
export async function limitFor(session: Session, peer: string): Promise<number> {
  return Math.min(session.frame.attachments, await mostBytes(session.client.gateway, session.client.directory, peer));
}

/** Reads `files` in the Worker and keeps what fits with what was chosen before; gives what is to be told. */
export async function attach(
  session: Session,
  peer: string,
  files: readonly File[],
  limit: number,
  words: AttachingStrings,
): Promise<string> {
  for (const file of files) {
    const chosen = session.client.unsent(peer).files;
    const left = limit - chosen.reduce((sum, { data }) => sum + sizeOf(data), 0);
    const name = safeFileName(file.name);
    if (chosen.length >= MOST_FILES) return filled(words.tooMany, { count: MOST_FILES });
    if (file.size > left) return filled(words.tooLarge, { name, limit: inWords(limit), left: inWords(left) });
    let read: Attachment;
    try {
      read = { ...(await jobs.read(file)), name };
    } catch {
      return filled(words.unreadable, { name });
    }
    // Others may have been chosen meanwhile.
    const before = session.client.unsent(peer).files;
    await session.client.keepUnsent(peer, { files: [...before, read] });
  }
  return "";
}

/** The bytes that a base64 `data:` URI holds. */
export function sizeOf(data: string): number {
  return Math.floor((data.length - data.indexOf(",") - 1) * 0.75);
}

export function inWords(bytes: number): string {
  const [divisor, unit] = bytes < 1_000_000 ? [1_000, "kB"] : [1_000_000, "MB"];
  return `${(Math.max(0, bytes) / divisor).toFixed(1)} ${unit}`;
}
