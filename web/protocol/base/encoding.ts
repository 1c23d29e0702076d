/** Bytes as text: base64 for keys and signatures, 0x-hex for hashes and nonces (specification 2.1). */

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";

import { MalformedData } from "./errors.ts";

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const HEX = /^0[xX](?:[0-9a-fA-F]{2})*$/;
const LONE_SURROGATE = /\p{Surrogate}/u;
const CHUNK = 0x8000;

/** Standard base64 with padding. */
export function toBase64(data: Uint8Array): string {
  let binary = "";
  for (let start = 0; start < data.length; start += CHUNK) {
    binary += String.fromCharCode(...data.subarray(start, start + CHUNK));
  }
  return btoa(binary);
}

/** Decodes standard base64 with padding; `length` is the exact number of bytes wanted. */
export function fromBase64(text: string, what: string, length?: number): Uint8Array {
  if (!BASE64.test(text)) throw new MalformedData(`${what} is not base64`);
  const binary = atob(text);
  const data = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index++) data[index] = binary.charCodeAt(index);
  return ofLength(data, what, length);
}

/** `0x` and lower-case hex digits. */
export function toHex(data: Uint8Array): string {
  return `0x${bytesToHex(data)}`;
}

/** Decodes `0x` and hex digits; `length` is the exact number of bytes wanted. */
export function fromHex(text: string, what: string, length?: number): Uint8Array {
  if (!HEX.test(text)) throw new MalformedData(`${what} is not 0x and hex digits`);
  return ofLength(hexToBytes(text.slice(2)), what, length);
}

function ofLength(data: Uint8Array, what: string, length: number | undefined): Uint8Array {
  if (length !== undefined && data.length !== length) {
    throw new MalformedData(`${what} has ${data.length} bytes instead of ${length}`);
  }
  return data;
}

/** The UTF-8 bytes of `text`; throws `MalformedData` for lone surrogates, which have no such form. */
export function utf8(text: string): Uint8Array {
  if (LONE_SURROGATE.test(text)) throw new MalformedData("the text holds lone surrogates");
  return new TextEncoder().encode(text);
}

/** The text of UTF-8 bytes as they are, a byte order mark included; throws `MalformedData`. */
export function fromUtf8(data: Uint8Array, what: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
  } catch {
    throw new MalformedData(`${what} is not UTF-8 text`);
  }
}

/** dm3's hash: SHA-256 of the UTF-8 text, as 0x and hex (specification 2.1). */
export function sha256Hex(text: string): string {
  return toHex(sha256(utf8(text)));
}

/** Several byte strings as one. */
export function concatenated(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let end = 0;
  for (const part of parts) {
    whole.set(part, end);
    end += part.length;
  }
  return whole;
}
