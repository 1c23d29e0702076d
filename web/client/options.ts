import type { RandomBytes } from "../protocol/crypto/index.ts";
import type { Making } from "./making.ts";
import type { Fetch } from "./net/answers.ts";
import type { Storage } from "./storage/index.ts";

/** What a client is made of. */
export interface ClientOptions {
  /** The application's ENS name. */
  readonly app: string;
  /** The origin of the page for which profiles are made, as the browser reports it. */
  readonly page: string;
  /** The widget host's address of the application, such as `https://chat.example.com/myapp.eth`. */
  readonly gateway: string;
  readonly storage?: Storage;
  readonly fetch?: Fetch;
  readonly random?: RandomBytes;
  readonly now?: () => number;
  /** Loads the part that links, when it is needed: most visitors only write. */
  readonly linking: () => Promise<typeof import("./parts/linking.ts")>;
  /** Loads the part that keeps the state in a storage, and shares it with other tabs. */
  readonly stored: () => Promise<typeof import("./parts/stored.ts")>;
  /** Loads the part that makes profiles: who has one does not need it. */
  readonly creation: () => Promise<typeof import("./parts/creation.ts")>;
  /** Loads the part that gets a profile back, and keeps one for other devices. */
  readonly returning: () => Promise<typeof import("./parts/returning.ts")>;
  /** Loads what remembers whose earlier profiles were seen. */
  readonly seen: () => Promise<typeof import("./parts/seen.ts")>;
  /** Loads the form of an envelope that services of an older make want. */
  readonly otherHash: () => Promise<typeof import("./parts/other_hash.ts")>;
  /** Works on big messages elsewhere, such as in a Worker; without it everything is done here. */
  readonly big?: () => Promise<Making>;
}
