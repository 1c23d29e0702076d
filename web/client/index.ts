/**
 * The headless client: dm3 for one application without any user interface.
 *
 *     const client = await createClient({ app: "myapp.eth", page: location.origin, gateway: "https://chat.example.com/myapp.eth" });
 *     await client.send("desk.user.myapp.eth", { text: "hello" });
 *     client.messages("desk.user.myapp.eth").entries;
 */

import { Client } from "./client.ts";
import type { ClientOptions } from "./options.ts";

/** A client with what its storage holds. */
export function createClient(options: Omit<ClientOptions, "linking" | "stored" | "creation" | "returning" | "otherHash" | "seen">): Promise<Client> {
  return Client.open({
    ...options,
    linking: () => import("./parts/linking.ts"),
    stored: () => import("./parts/stored.ts"),
    creation: () => import("./parts/creation.ts"),
    returning: () => import("./parts/returning.ts"),
    seen: () => import("./parts/seen.ts"),
    otherHash: () => import("./parts/other_hash.ts"),
  });
}

export { Client } from "./client.ts";
export type { Content } from "./content.ts";
export { CannotTell, NotFound, Refused } from "./net/answers.ts";
export type { Conversation } from "./parts/conversations.ts";
export type { ClientOptions } from "./options.ts";
export { AnotherOwner, type LinkRequest } from "./parts/linking.ts";
export type { RecoveryRequest } from "./parts/recovering.ts";
export { type Apart, discard, isReplaced, keptApart, printsOf, takeBack } from "./parts/seen.ts";
export { MemoryStorage, type Storage, type StorageMode } from "./storage/index.ts";
export { OwnStorage } from "./storage/own.ts";
export { type HostHalf, SplitStorage } from "./storage/split.ts";
export { Dm3Error } from "../protocol/base/index.ts";
export { Entropy, HostSignature, type Wallet } from "../protocol/crypto/index.ts";
