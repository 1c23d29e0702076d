/** Being known at a delivery service (specification 2.5): what only a new profile, or a new device of one, does. */

import { canonicalJson, type Json, Members } from "../../protocol/base/index.ts";
import type { SignedProfile } from "../../protocol/wire/index.ts";
import { read } from "./answers.ts";
import { type Delivery, part, type Reader } from "./delivery.ts";

/** Registers a published profile with its first reader. Repeating it changes nothing. */
export async function register(at: Delivery, name: string, signed: SignedProfile, reader: string): Promise<void> {
  const path = `profile/${part(name)}?reader=${part(reader)}`;
  const told = await at.service.ask(path, { method: "POST", body: signed.text });
  if (typeof told !== "string") said(told, (members) => members.text("name")); // a text is what the reference's say
}

/** Has the service keep messages until this reader has acknowledged them, too. */
export async function addReader(at: Delivery, reader: Reader): Promise<void> {
  const path = `mailbox/${part(reader.name)}/readers/${part(reader.reader)}`;
  said(await at.authorized(reader, path, { method: "PUT" }), (members) => members.text("reader"));
}

/** Publishes what the profile supports. */
export async function setExtension(at: Delivery, reader: Reader, extension: Json): Promise<void> {
  const body = canonicalJson(extension);
  const told = await at.authorized(reader, `profile/${part(reader.name)}/extension`, { method: "PUT", body });
  said(told, (members) => members.items("encryptionScheme"));
}

/** Throws `CannotTell` unless it was done: anything in between may answer with success. */
function said(told: Json | undefined, find: (members: Members) => unknown): void {
  read("the answer", () => find(new Members(told ?? null, "it")));
}
