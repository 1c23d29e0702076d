/** The loader: `<dm3-chat app="myapp.eth" to="support.myapp.eth">`. It shows a button and a frame, and no more. */

import { type HostSettings, type ToFrame, type ToLoader, VERSION } from "./protocol.ts";
import { CSS, ICON } from "./look.ts";

const base = new URL(".", (document.currentScript as HTMLScriptElement | null)?.src ?? import.meta.url);
const PROPERTIES = ["accent", "on-accent", "background", "text", "muted", "bubble", "radius", "font"].map((name) => `--dm3-${name}`);
const EVENTS = new Set(["dm3-ready", "dm3-open", "dm3-message", "dm3-unread", "dm3-linked", "dm3-error"]);

class Dm3Chat extends HTMLElement {
  static observedAttributes = ["to", "mode", "locale", "theme", "display"];
  #port: MessagePort | undefined;
  #frame: HTMLIFrameElement | undefined;
  #button!: HTMLButtonElement;
  #panel!: HTMLElement;
  #waiting: ToFrame[] = [];
  #leaving = 0;

  connectedCallback(): void {
    clearTimeout(this.#leaving);
    if (!this.shadowRoot) this.#build();
    // A frame that is moved in the page loads anew: the port of the former one leads nowhere.
    if (this.#frame && !this.#port) this.#load();
    if (this.getAttribute("display") === "inline" || this.#remembered() !== null) this.#load();
  }

  disconnectedCallback(): void {
    this.#port?.close();
    this.#port = undefined;
    // A site that renders anew takes the element out and puts it in again at once.
    this.#leaving = window.setTimeout(() => {
      this.#frame?.remove();
      this.#frame = undefined;
    });
  }

  attributeChangedCallback(): void {
    if (this.#port) this.#tell({ type: "settings", settings: this.#settings() });
  }

  /** Opens the chat. */
  open(): void {
    this.#load();
    this.#show(true);
    this.#tell({ type: "open" });
  }

  /** Closes it; what was written stays. */
  close(): void {
    this.#show(false);
    this.#tell({ type: "close" });
  }

  /** Opens the conversation with another user of the application (mode in-app). */
  startConversation(name: string): void {
    this.open();
    this.#tell({ type: "startConversation", name: String(name) });
  }

  /** Hands the site's login on: it authorises the public name, and never becomes a key. */
  signedIn(login: { authMessage: string; ownerAddress: string; authSig: string; entropy?: string }): void {
    this.#load();
    const { authMessage, ownerAddress, authSig, entropy } = login;
    this.#tell({ type: "signedIn", authMessage, ownerAddress, authSig, ...(entropy ? { entropy } : {}) });
  }

  /** The site's user has signed out: the chat of another visitor begins. */
  signOut(): void {
    this.#tell({ type: "signOut" });
  }

  /** Forgets everything of this visitor. */
  reset(): void {
    this.#load();
    this.#tell({ type: "reset" });
  }

  #build(): void {
    const root = this.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
    root.adoptedStyleSheets = [sheet];
    this.#button = document.createElement("button");
    this.#button.part.add("launcher");
    this.#button.type = "button";
    this.#button.setAttribute("aria-label", this.getAttribute("label") ?? "Chat");
    this.#button.setAttribute("aria-expanded", "false");
    this.#button.append(ICON(), document.createElement("output"));
    this.#button.onclick = () => (this.#panel.hidden ? this.open() : this.close());
    this.#button.onpointerenter = () => this.#load();
    this.#panel = document.createElement("div");
    this.#panel.part.add("panel");
    this.#panel.hidden = true;
    root.append(this.#panel, this.#button);
    this.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
  }

  #load(): void {
    if (this.getAttribute("display") === "inline") this.#panel.hidden = false;
    if (this.#frame?.isConnected && this.#port) return;
    const frame = this.#frame ?? document.createElement("iframe");
    this.#frame = frame;
    frame.title = this.getAttribute("label") ?? "Chat";
    frame.allow = "ethereum; clipboard-write; publickey-credentials-get; publickey-credentials-create";
    frame.onload = () => this.#hello(frame);
    frame.src = new URL(`${encodeURIComponent(this.getAttribute("app") ?? "")}/`, base).href;
    if (!frame.isConnected) this.#panel.append(frame);
  }

  #hello(frame: HTMLIFrameElement): void {
    this.#port?.close();
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.onmessage = (event: MessageEvent<ToLoader>) => this.#take(event.data);
    const ciphertext = this.#remembered();
    const hello: ToFrame = { type: "hello", version: VERSION, settings: this.#settings(), ...(ciphertext ? { ciphertext } : {}) };
    frame.contentWindow?.postMessage(hello, base.origin, [port2]);
    for (const message of this.#waiting.splice(0)) port1.postMessage(message);
  }

  #take(message: ToLoader): void {
    switch (message.type) {
      case "opened":
        this.#show(message.open);
        break;
      case "unread":
        this.#button.querySelector("output")!.value = message.count ? String(message.count) : "";
        break;
      case "store":
        this.#remember(message.ciphertext);
        break;
      case "forget":
        this.#remember(null);
        break;
      case "event":
        if (EVENTS.has(message.name)) {
          this.dispatchEvent(new CustomEvent(message.name, { detail: message.detail, bubbles: true }));
        }
        break;
      case "sign":
        this.#sign(message.id, message.text);
        break;
      case "ready":
        break;
    }
  }

  /** The page's wallet signs what is no secret; the frame has shown the text first. */
  async #sign(id: number, text: string): Promise<void> {
    try {
      const { ethereum } = window as unknown as { ethereum: { request(ask: unknown): Promise<unknown> } };
      const [account] = (await ethereum.request({ method: "eth_requestAccounts" })) as string[];
      const data = `0x${Array.from(new TextEncoder().encode(text), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
      const signature = (await ethereum.request({ method: "personal_sign", params: [data, account] })) as string;
      this.#tell({ type: "signature", id, signature });
    } catch (error) {
      this.#tell({ type: "signature", id, refused: String((error as Error)?.message ?? error) });
    }
  }

  #tell(message: ToFrame): void {
    if (this.#port) this.#port.postMessage(message);
    else this.#waiting.push(message);
  }

  #show(open: boolean): void {
    if (this.getAttribute("display") === "inline") return;
    const had = !this.#panel.hidden;
    this.#panel.hidden = !open;
    this.#button.setAttribute("aria-expanded", String(open));
    if (open) this.#frame?.focus();
    else if (had) this.#button.focus();
  }

  #settings(): HostSettings {
    const look = getComputedStyle(this);
    const style = Object.fromEntries(PROPERTIES.map((name) => [name, look.getPropertyValue(name).trim()]).filter(([, value]) => value));
    const of = (name: string) => this.getAttribute(name);
    return { to: of("to"), mode: of("mode"), locale: of("locale") ?? document.documentElement.lang, theme: of("theme"), display: of("display"), style };
  }

  get #key(): string {
    return `dm3 ${this.getAttribute("app")}`;
  }

  #remembered(): string | null {
    try {
      return localStorage.getItem(this.#key);
    } catch {
      return null;
    }
  }

  #remember(ciphertext: string | null): void {
    try {
      if (ciphertext === null) localStorage.removeItem(this.#key);
      else localStorage.setItem(this.#key, ciphertext);
    } catch {
      // full or forbidden: the frame goes on with what it has in memory
    }
  }
}

if (!customElements.get("dm3-chat")) customElements.define("dm3-chat", Dm3Chat);
