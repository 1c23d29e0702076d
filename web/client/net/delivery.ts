/** The application's delivery services, through the gateway: register, authenticate, fetch, acknowledge (specification 2.5). */

import { canonicalJson, type Json, MalformedData, Members } from "../../protocol/base/index.ts";
import { checkChallenge } from "../../protocol/auth_challenge.ts";
import { type ProfileKeys, sign } from "../../protocol/crypto/index.ts";
import { type Envelope, envelopeFrom, extensionFrom, type ProfileExtension } from "../../protocol/wire/index.ts";
import { Refused, read, type Service } from "./answers.ts";

const PAGE = 50;
const UNAUTHORIZED = 401;

/** One buffered envelope, undefined when it cannot be read; hash and cursor are what is acknowledged. */
export interface Delivered {
  readonly hash: string;
  readonly cursor: string;
  readonly envelope: Envelope | undefined;
}

/** What a fetch found, the cursor to go on from, and whether there is more (specification 5.4). */
export interface Page {
  readonly messages: readonly Delivered[];
  readonly cursor: string;
  readonly more: boolean;
}

/** Who reads a mailbox: the profile's name and keys, and this device's name at the service. */
export interface Reader {
  readonly name: string;
  readonly keys: ProfileKeys;
  readonly reader: string;
}

/** One delivery service of the application, below the gateway's `ds/{service}`. */
export class Delivery {
  readonly #tokens = new Map<string, string>();

  constructor(
    readonly service: Service,
    /** The service's ENS name. */
    readonly name: string,
  ) {}

  /** What is new after `cursor`; waits up to `wait` seconds for something to come. */
  async fetch(reader: Reader, cursor: string, wait: number, signal?: AbortSignal): Promise<Page> {
    const query = new URLSearchParams({ reader: reader.reader, limit: String(PAGE), wait: String(wait) });
    if (cursor !== "") query.set("after", cursor);
    const timeout = wait * 1000 + 2 * this.service.patience;
    const answer = await this.authorized(reader, `mailbox/${part(reader.name)}?${query}`, { timeout, signal });
    return read("the mailbox page", () => page(answer));
  }

  /** Says that this reader has these messages safely. */
  async acknowledge(reader: Reader, taken: readonly Delivered[]): Promise<void> {
    const acknowledgements = taken.map(({ hash, cursor }) => ({ messageHash: hash, cursor }));
    const body = canonicalJson({ acknowledgements, reader: reader.reader });
    await this.authorized(reader, `delivery/messages/${part(reader.name)}/syncAcknowledgements`, { method: "POST", body });
  }

  /** The bearer token of a profile, a new one after `renew`. */
  async token(reader: Reader, renew = false): Promise<string> {
    const known = this.#tokens.get(reader.name);
    if (known !== undefined && !renew) return known;
    const path = `auth/${part(reader.name)}`;
    const answer = await this.service.ask(path);
    const offered = typeof answer === "string" ? answer : read("it", () => new Members(answer ?? null, "the challenge").text("challenge"));
    const challenge = read("the challenge", () => checkChallenge(offered, this.name, reader.name));
    const body = canonicalJson({ challenge, signature: sign(reader.keys, challenge) });
    const given = await this.service.ask(path, { method: "POST", body });
    const token = typeof given === "string" ? given : read("the token", () => new Members(given ?? null, "it").text("token", 8_000));
    this.#tokens.set(reader.name, token);
    return token;
  }

  /** Asks with the profile's token; one that has expired or was revoked is renewed once. */
  async authorized(reader: Reader, path: string, ask: Parameters<Service["ask"]>[1]): Promise<Json | undefined> {
    try {
      return await this.service.ask(path, { ...ask, token: await this.token(reader) });
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== UNAUTHORIZED) throw error;
      return this.service.ask(path, { ...ask, token: await this.token(reader, true) });
    }
  }
}

function page(answer: Json | undefined): Page {
  const members = new Members(answer ?? null, "the mailbox page");
  const messages = members.items("messages").map((item) => {
    const entry = new Members(item, "the mailbox entry");
    return { hash: entry.text("hash", 100), cursor: cursorIn(entry), envelope: readable(entry.raw["envelope"] ?? null) };
  });
  // A service that does not say so is asked until a page is empty.
  const more = messages.length > 0 && members.raw["more"] !== false;
  return { messages, cursor: cursorIn(members), more };
}

function cursorIn(members: Members): string {
  const cursor = members.raw["cursor"];
  return typeof cursor === "number" ? String(cursor) : members.text("cursor", 200);
}

function readable(value: Json): Envelope | undefined {
  try {
    return envelopeFrom(value);
  } catch {
    return undefined;
  }
}

/** Asks any delivery service's JSON-RPC; the answer's `result`, read whether it is JSON or JSON as text. */
export async function rpc(service: Service, method: string, params: readonly Json[]): Promise<Json> {
  const body = canonicalJson({ jsonrpc: "2.0", id: 1, method, params });
  const answer = await service.ask("rpc", { method: "POST", body });
  return read("the JSON-RPC answer", () => {
    const members = new Members(answer ?? null, "it");
    const error = members.optionalObject("error");
    if (error !== undefined) {
      throw new Refused(error.optionalText("message") ?? "no reason given", 200, String(error.whole("code")));
    }
    const result = members.raw["result"] ?? null;
    return typeof result === "string" && result.startsWith("{") ? (JSON.parse(result) as Json) : result;
  });
}

/** What is known of a profile beyond its keys; undefined when the service does not say. */
export async function extensionOf(service: Service, name: string): Promise<ProfileExtension | undefined> {
  try {
    return extensionFrom(await rpc(service, "dm3_getProfileExtension", [name]));
  } catch (error) {
    if (error instanceof Refused || error instanceof MalformedData) return undefined;
    throw error;
  }
}

export function part(text: string): string {
  return encodeURIComponent(text);
}
