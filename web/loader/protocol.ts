/**
 * What loader and frame say to each other over one MessagePort. Anything else is dropped.
 *
 * The port goes along with the first `hello`; the frame takes the host's origin from that message's event,
 * which the browser vouches for, and from nothing that the host says.
 */

export const VERSION = 1;

/** Loader to frame. */
export type ToFrame =
  | { readonly type: "hello"; readonly version: number; readonly settings: HostSettings; readonly ciphertext: string | null }
  | { readonly type: "open" | "close" | "reset" | "signOut" }
  | { readonly type: "settings"; readonly settings: HostSettings }
  | { readonly type: "startConversation"; readonly name: string }
  | { readonly type: "signedIn"; readonly authMessage: string; readonly ownerAddress: string; readonly authSig: string; readonly entropy?: string }
  | { readonly type: "signature"; readonly id: number; readonly signature?: string; readonly refused?: string };

/** Frame to loader. `store` null forgets the half that the page keeps; `sign` without data asks for the account. */
export type ToLoader =
  | { readonly type: "close" }
  | { readonly type: "event"; readonly name: "dm3-unread"; readonly detail: { readonly count: number } }
  | { readonly type: "event"; readonly name: Exclude<EventName, "dm3-unread">; readonly detail: unknown }
  | { readonly type: "store"; readonly ciphertext: string | null }
  | { readonly type: "sign"; readonly id: number; readonly data: string };

export type EventName = "dm3-ready" | "dm3-open" | "dm3-message" | "dm3-unread" | "dm3-linked" | "dm3-error";

/** The element's attributes by name, the page's language, and the custom properties that style the chat. */
export interface HostSettings {
  readonly lang?: string;
  readonly to?: string;
  readonly mode?: string;
  readonly form?: string;
  readonly locale?: string;
  readonly theme?: string;
  readonly display?: string;
  /** Present where the page lets its own wallet sign what is no secret. */
  readonly wallet?: string;
  readonly style: Readonly<Record<string, string>>;
}
