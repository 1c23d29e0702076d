/**
 * What loader and frame say to each other over one MessagePort (browser.md 4a). Anything else is dropped.
 *
 * The port goes along with the first `hello`; the frame takes the host's origin from that message's event,
 * which the browser vouches for, and from nothing that the host says.
 */

export const VERSION = 1;

/** Loader to frame. */
export type ToFrame =
  | { readonly type: "hello"; readonly version: number; readonly settings: HostSettings; readonly ciphertext?: string }
  | { readonly type: "open" | "close" | "reset" | "signOut" }
  | { readonly type: "settings"; readonly settings: HostSettings }
  | { readonly type: "startConversation"; readonly name: string }
  | { readonly type: "signedIn"; readonly authMessage: string; readonly ownerAddress: string; readonly authSig: string; readonly entropy?: string }
  | { readonly type: "signature"; readonly id: number; readonly signature?: string; readonly refused?: string };

/** Frame to loader. */
export type ToLoader =
  | { readonly type: "ready" }
  | { readonly type: "opened"; readonly open: boolean }
  | { readonly type: "unread"; readonly count: number }
  | { readonly type: "event"; readonly name: EventName; readonly detail: unknown }
  | { readonly type: "store"; readonly ciphertext: string }
  | { readonly type: "forget" }
  | { readonly type: "sign"; readonly id: number; readonly text: string; readonly purpose: string };

export type EventName = "dm3-ready" | "dm3-open" | "dm3-message" | "dm3-unread" | "dm3-linked" | "dm3-error";

/** What the element's attributes say. */
export interface HostSettings {
  readonly to: string | null;
  readonly mode: string | null;
  readonly locale: string | null;
  readonly theme: string | null;
  readonly display: string | null;
  /** Custom properties of the element that style the chat, such as `--dm3-accent`. */
  readonly style: Readonly<Record<string, string>>;
}
