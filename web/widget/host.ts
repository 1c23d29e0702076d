/** The host page, as far as the frame believes it: who it is the browser says, what it asks for is a list. */

import { type HostSettings, type ToFrame, type ToLoader, VERSION } from "../loader/protocol.ts";
import { type FrameSettings, mayEmbed } from "./settings.ts";

/** The port to the loader, and the origin of its page as the browser reported it. */
export class Host {
  /** Messages that were no messages: a hostile page sends them, and nothing else happens. */
  dropped = 0;
  /** Takes what the page's wallet has signed; set by who has asked. */
  signed: ((message: ToFrame & { type: "signature" }) => void) | undefined;

  private constructor(
    readonly page: string,
    readonly port: MessagePort,
    readonly settings: HostSettings,
    /** The half that the page keeps for us. */
    public ciphertext: string | undefined,
  ) {}

  /** Waits for the loader's first message; of any further one, and of other pages, nothing is taken. */
  static met(frame: FrameSettings): Promise<Host> {
    return new Promise((resolve) => {
      const take = (event: MessageEvent) => {
        const hello = event.data as ToFrame | undefined;
        const port = event.ports[0];
        if (event.source !== window.parent || port === undefined || hello?.type !== "hello") return;
        if (hello.version !== VERSION || !isSettings(hello.settings) || !mayEmbed(event.origin, frame.origins)) return;
        removeEventListener("message", take);
        const ciphertext = typeof hello.ciphertext === "string" ? hello.ciphertext : undefined;
        resolve(new Host(event.origin, port, hello.settings, ciphertext));
      };
      addEventListener("message", take);
    });
  }

  tell(message: ToLoader): void {
    this.port.postMessage(message);
  }

  /** Hands each message of a known form to `take`. */
  listen(take: (message: ToFrame) => void): void {
    this.port.onmessage = (event: MessageEvent<unknown>) => {
      const message = known(event.data);
      if (message === undefined) this.dropped++;
      else if (message.type === "signature") this.signed?.(message);
      else take(message);
    };
  }
}

/** Attributes and properties are texts; anything else is no setting. */
function isSettings(value: unknown): value is HostSettings {
  if (typeof value !== "object" || value === null) return false;
  const { style, ...attributes } = value as Record<string, unknown>;
  const texts = [...Object.values(attributes), ...Object.values(style ?? {})];
  return typeof style === "object" && texts.every((text) => typeof text === "string");
}

const PLAIN = new Set(["open", "close", "reset", "signOut"]);

/** A message of the list, its members of the right kind; undefined for anything else. */
function known(data: unknown): ToFrame | undefined {
  if (typeof data !== "object" || data === null) return undefined;
  const message = data as Record<string, unknown>;
  const text = (...names: string[]) => names.every((name) => typeof message[name] === "string");
  switch (message["type"]) {
    case "startConversation":
      return text("name") ? (message as ToFrame) : undefined;
    case "signedIn":
      if (message["entropy"] !== undefined && !text("entropy")) return undefined;
      return text("authMessage", "ownerAddress", "authSig") ? (message as ToFrame) : undefined;
    case "settings":
      return isSettings(message["settings"]) ? (message as ToFrame) : undefined;
    case "signature":
      return typeof message["id"] === "number" ? (message as ToFrame) : undefined;
    default:
      return typeof message["type"] === "string" && PLAIN.has(message["type"]) ? (message as ToFrame) : undefined;
  }
}
