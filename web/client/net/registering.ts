/** Being known at a delivery service (specification 2.5): what only a new profile, or a new device of one, does. */

import { canonicalJson, type Json } from "../../protocol/base/index.ts";
import type { SignedProfile } from "../../protocol/wire/index.ts";
import { type Delivery, part, type Reader } from "./delivery.ts";

/** Registers a published profile with its first reader. Repeating it changes nothing. */
export async function register(at: Delivery, name: string, signed: SignedProfile, reader: string): Promise<void> {
  const path = `profile/${part(name)}?reader=${part(reader)}`;
  await at.service.ask(path, { method: "POST", body: signed.text });
}

/** Has the service keep messages until this reader has acknowledged them, too. */
export async function addReader(at: Delivery, reader: Reader): Promise<void> {
  await at.authorized(reader, `mailbox/${part(reader.name)}/readers/${part(reader.reader)}`, { method: "PUT" });
}

/** Publishes what the profile supports. */
export async function setExtension(at: Delivery, reader: Reader, extension: Json): Promise<void> {
  const body = canonicalJson(extension);
  await at.authorized(reader, `profile/${part(reader.name)}/extension`, { method: "PUT", body });
}
