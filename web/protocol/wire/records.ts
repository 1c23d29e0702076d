/** Text records: a JSON object in a `data:` URI, or a link to one (specification 2.2). */

import { canonicalJson, fromUtf8, MalformedData, toBase64, utf8 } from "../base/index.ts";

const MAX_RECORD_CHARS = 128 * 1024;
// Blanks are taken between the parts, as browsers do; a parameter's value may stand in quotes.
const DATA_URI =
  /^data:[ \t]*(?<mime>[\w+.-]+\/[\w+.-]+)[ \t]*(?<options>(?:;[ \t]*[\w-]+(?:=(?:[\w.+-]+|"[^",;]*"))?[ \t]*)*),(?<data>.*)$/isu;
const IPFS = /^ipfs:\/\/(?:ipfs\/)?(?<path>[A-Za-z0-9]+(?:\/[\w./-]{0,200})?)(?:\?.*)?$/is;
const JSON_OBJECT = /^\s*\{\s*["}]/;
const HASH = /^0x[0-9a-f]{64}$/;
const CHARSETS = new Set(["utf-8", "utf8", "us-ascii", "ascii"]);

/** What a text record holds: JSON text, or where to fetch it and the hash that it must have. */
export type TextRecord =
  | { readonly kind: "inline"; readonly text: string }
  | { readonly kind: "url"; readonly url: string; readonly dm3Hash: string }
  | { readonly kind: "ipfs"; readonly path: string; readonly dm3Hash: string | undefined };

/** Writes a JSON value as a data URI; text beyond ASCII as base64, for the reference garbles it otherwise. */
export function dataUri(value: unknown): string {
  const text = canonicalJson(value);
  return /^[\x00-\x7f]*$/.test(text)
    ? `data:application/json,${text}`
    : `data:application/json;base64,${toBase64(utf8(text))}`;
}

/** Tells what a text record holds; throws `MalformedData` for anything else. */
export function readTextRecord(record: string): TextRecord {
  if (record.length > MAX_RECORD_CHARS) {
    throw new MalformedData(`the text record has more than ${MAX_RECORD_CHARS} characters`);
  }
  const text = record.trim();
  const scheme = text.slice(0, 8).toLowerCase();
  if (scheme.startsWith("data:")) return { kind: "inline", text: inline(text) };
  if (scheme === "https://" || scheme.startsWith("http://")) return url(text);
  const found = IPFS.exec(text);
  if (found) return { kind: "ipfs", path: found.groups!["path"]!, dm3Hash: queryHash(text) };
  throw new MalformedData("the text record is neither a data: nor an https: nor an ipfs: URI");
}

function inline(text: string): string {
  const groups = DATA_URI.exec(text)?.groups;
  if (groups === undefined || groups["mime"]!.toLowerCase() !== "application/json") {
    throw new MalformedData("the text record is not a data URI of type application/json");
  }
  const options = groups["options"]!.split(";").map((option) => option.replace(/^[ \t]+|[ \t]+$/g, "").toLowerCase());
  for (const option of options) {
    const [name, value = ""] = option.split("=", 2);
    if (name === "charset" && !CHARSETS.has(value.replaceAll('"', ""))) {
      throw new MalformedData("the text record's data URI is not in UTF-8, as JSON is");
    }
  }
  const data = groups["data"]!;
  if (options.includes("base64")) return fromUtf8(looseBase64(decodePercent(data)), "the text record's data URI");
  // A "%" inside of plain JSON (in a URL, say) is the author's own and must stay.
  return JSON_OBJECT.test(data) ? data : fromUtf8(bytesOf(decodePercent(data)), "the text record's data URI");
}

/** Percent-decoded, each byte as one sign below 256; signs beyond ASCII as their UTF-8 bytes. */
function decodePercent(text: string): string {
  const binary = Array.from(utf8(text), (byte) => String.fromCharCode(byte)).join("");
  return binary.replace(/%([0-9a-fA-F]{2})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)));
}

function bytesOf(binary: string): Uint8Array {
  return Uint8Array.from(binary, (sign) => sign.charCodeAt(0));
}

function looseBase64(binary: string): Uint8Array {
  const bare = binary.replace(/[ \t\n\f\r]+/g, "").replace(/=+$/, "");
  if (!/^[A-Za-z0-9+/]*$/.test(bare) || bare.length % 4 === 1) {
    throw new MalformedData("the text record's data URI cannot be decoded");
  }
  return bytesOf(atob(bare));
}

function queryHash(text: string): string | undefined {
  const query = text.split("#", 1)[0]!.split("?").slice(1).join("?");
  return new URLSearchParams(query).get("dm3Hash")?.toLowerCase();
}

function url(text: string): TextRecord {
  const dm3Hash = queryHash(text);
  if (!text.toLowerCase().startsWith("https://")) throw new MalformedData("the text record's URL must be https");
  if (dm3Hash === undefined || !HASH.test(dm3Hash)) {
    throw new MalformedData("the text record's URL carries no dm3Hash to check the profile against");
  }
  return { kind: "url", url: text, dm3Hash };
}
