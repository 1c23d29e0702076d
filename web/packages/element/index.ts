/**
 * `<dm3-chat>` for programs: loads the element from a widget host, and says what it has.
 *
 *     await loadChat("https://chat.example.com");
 *     document.querySelector("dm3-chat")?.open();
 */

/** What the page hands on of its own login; it authorises the public name and never becomes a key. */
export interface ChatLogin {
  readonly authMessage: string;
  readonly ownerAddress: string;
  readonly authSig: string;
  /** Base64, at least 32 bytes that the site keeps for this user: makes a new profile readable by the site. */
  readonly entropy?: string;
}

/** The events by name, with their details. */
export interface ChatEvents {
  /** The chat has met the page, or taken a login; `profile`: the visitor's name, or null before there is one. */
  readonly "dm3-ready": { readonly profile: string | null };
  readonly "dm3-open": Record<string, never>;
  /** A message has come. */
  readonly "dm3-message": { readonly from: string };
  readonly "dm3-unread": { readonly count: number };
  /** The visitor's messenger has taken the chat in, or the link has ended. */
  readonly "dm3-linked": { readonly linked: boolean };
  /** Something could not be done, as the visitor was told. */
  readonly "dm3-error": { readonly code: string; readonly message: string };
}

/** The element. Its attributes are `app`, `to`, `mode`, `form`, `display`, `theme`, `locale`, `wallet` and `label`. */
export interface ChatElement extends HTMLElement {
  /** Opens the chat. */
  open(): void;
  /** Closes it; what was written stays. */
  close(): void;
  /** Opens the conversation with another user of the application (mode in-app). */
  startConversation(name: string): void;
  /** Hands the site's login on. */
  signedIn(login: ChatLogin): void;
  /** The site's user has signed out: this visitor's chat is forgotten in this browser. */
  signOut(): void;
  /** Forgets everything of this visitor in this browser. */
  reset(): void;
  addEventListener<Name extends keyof ChatEvents>(
    name: Name,
    listener: (event: CustomEvent<ChatEvents[Name]>) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(name: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void;
}

declare global {
  interface HTMLElementTagNameMap {
    "dm3-chat": ChatElement;
  }
}

let loading: Promise<void> | undefined;

/**
 * Loads the element from the widget host at `host`, once for each page; resolves when it can be used.
 *
 * `integrity` is the loader's hash, which `GET /loader` tells with the versioned address `src`. Does nothing
 * where there is no document, so that pages may be rendered on a server. Throws when the host does not answer.
 */
export function loadChat(host: string, options: { readonly src?: string; readonly integrity?: string } = {}): Promise<void> {
  if (typeof document === "undefined") return Promise.resolve();
  loading ??= new Promise<void>((resolve, reject) => {
    if (customElements.get("dm3-chat") !== undefined) return resolve();
    const script = document.createElement("script");
    script.src = new URL(options.src ?? "/dm3.js", host).href;
    script.async = true;
    if (options.integrity !== undefined) {
      script.integrity = options.integrity;
      script.crossOrigin = "anonymous";
    }
    script.onload = () => resolve();
    script.onerror = () => {
      loading = undefined;
      script.remove();
      reject(new Error(`The chat could not be loaded from ${script.src}. Is the widget host running, and allowed by the page's policy?`));
    };
    document.head.append(script);
  });
  return loading;
}
