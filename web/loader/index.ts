/** The loader: `<dm3-chat app="myapp.eth" to="support.myapp.eth">`. It shows a button and a frame, and no more. */

import { type HostSettings, type ToFrame, type ToLoader, VERSION } from "./protocol.ts";
import { CSS } from "./look.ts";

const base = new URL(".", (document.currentScript as HTMLScriptElement | null)?.src ?? import.meta.url);
const PROPERTIES = "accent on-accent background text muted bubble radius font".split(" ").map((name) => `--dm3-${name}`);

const make = <Tag extends keyof HTMLElementTagNameMap>(tag: Tag) => document.createElement(tag);

class Dm3Chat extends HTMLElement {
  static observedAttributes = ["to", "mode", "locale", "theme", "display"];
  private _port: MessagePort | undefined;
  private _loads: true | undefined;
  private _frame: HTMLIFrameElement | undefined;
  private _button!: HTMLButtonElement;
  private _panel!: HTMLElement;
  private _waiting: ToFrame[] = [];
  private _leaving: ReturnType<typeof setTimeout> | undefined;
  private readonly _badge = make("output");

  connectedCallback(): void {
    clearTimeout(this._leaving);
    if (!this.shadowRoot) this._build();
    // A frame that is moved in the page loads anew: the port of the former one leads nowhere.
    if (this._frame && !this._port) this._load();
    if (this._inline || this._kept() !== null) this._load();
  }

  disconnectedCallback(): void {
    this._port?.close();
    this._port = this._loads = undefined;
    // A site that renders anew takes the element out and puts it in again at once.
    this._leaving = setTimeout(() => {
      this._frame?.remove();
      this._frame = undefined;
    });
  }

  attributeChangedCallback(): void {
    if (this._port) this._tell({ type: "settings", settings: this._settings() });
  }

  /** Opens the chat. */
  open(): void {
    this._load();
    this._show(true);
    this._tell({ type: "open" });
  }

  /** Closes it; what was written stays. */
  close(): void {
    this._show(false);
    this._tell({ type: "close" });
  }

  /** Opens the conversation with another user of the application (mode in-app). */
  startConversation(name: string): void {
    this.open();
    this._tell({ type: "startConversation", name });
  }

  /** Hands the site's login on: it authorises the public name, and never becomes a key. */
  signedIn(login: { authMessage: string; ownerAddress: string; authSig: string; entropy?: string }): void {
    this._load();
    this._tell({ ...login, type: "signedIn" });
  }

  /** The site's user has signed out: the chat of another visitor begins. */
  signOut(): void {
    this._tell({ type: "signOut" });
  }

  /** Forgets everything of this visitor. */
  reset(): void {
    this._load();
    this._tell({ type: "reset" });
  }

  private _build(): void {
    const root = this.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
    root.adoptedStyleSheets = [sheet];
    this._button = make("button");
    this._button.ariaLabel = this._label;
    this._button.ariaExpanded = "false";
    this._button.append(make("i"), this._badge);
    this._button.onclick = () => (this._panel.hidden ? this.open() : this.close());
    this._button.onpointerenter = () => this._load();
    this._panel = make("div");
    this._panel.hidden = true;
    root.append(this._panel, this._button);
    this.onkeydown = ({ key }) => {
      if (key === "Escape") this.close(); // no value: a handler that gives false takes the key away
    };
  }

  private _load(): void {
    if (this._inline) this._panel.hidden = false;
    if (this._loads) return;
    this._loads = true; // once: what waits is told to the page that loads, and not to one that it replaces
    const frame = (this._frame ??= make("iframe"));
    frame.title = this._label;
    frame.allow = "ethereum; publickey-credentials-get; publickey-credentials-create";
    frame.onload = () => this._hello(frame);
    frame.referrerPolicy = "origin"; // so that a page that may not show the chat is told so
    frame.src = new URL(`${encodeURIComponent(this.getAttribute("app") ?? "")}/`, base).href;
    if (!frame.isConnected) this._panel.append(frame);
  }

  private _hello(frame: HTMLIFrameElement): void {
    const { port1, port2 } = new MessageChannel();
    this._port = port1;
    port1.onmessage = (event: MessageEvent<ToLoader>) => this._take(event.data);
    const hello: ToFrame = { type: "hello", version: VERSION, settings: this._settings(), ciphertext: this._kept() };
    frame.contentWindow?.postMessage(hello, base.origin, [port2]);
    for (const message of this._waiting.splice(0)) port1.postMessage(message);
  }

  private _take(message: ToLoader): void {
    const { type } = message;
    if (type === "close") this.close();
    else if (type === "store") this._kept(message.ciphertext);
    else if (type === "sign") this._sign(message);
    else {
      const { name, detail } = message;
      if (name === "dm3-unread") this._badge.value = detail.count ? `${detail.count}` : "";
      this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true }));
    }
  }

  /** The page's wallet signs what is no secret; the frame has shown the text first. Without one: its account. */
  private async _sign({ id, data }: ToLoader & { type: "sign" }): Promise<void> {
    try {
      const { ethereum } = window as unknown as { ethereum: { request(ask: unknown): Promise<unknown> } };
      const [account] = (await ethereum.request({ method: "eth_requestAccounts" })) as string[];
      const signature = data ? await ethereum.request({ method: "personal_sign", params: [data, account] }) : account;
      this._tell({ type: "signature", id, signature: `${signature}` });
    } catch (error) {
      this._tell({ type: "signature", id, refused: `${error}` });
    }
  }

  private _tell(message: ToFrame): void {
    if (this._port) this._port.postMessage(message);
    else this._waiting.push(message);
  }

  private get _label(): string {
    return this.getAttribute("label") ?? "Chat";
  }

  private get _inline(): boolean {
    return this.getAttribute("display") === "inline";
  }

  private _show(open: boolean): void {
    if (this._inline) return;
    const had = !this._panel.hidden;
    this._panel.hidden = !open;
    this._button.ariaExpanded = `${open}`;
    if (open) this._frame?.focus();
    else if (had) this._button.focus();
  }

  private _settings(): HostSettings {
    const look = getComputedStyle(this);
    const style = Object.fromEntries(PROPERTIES.map((name) => [name, look.getPropertyValue(name).trim()]).filter(([, value]) => value));
    const attributes = Object.fromEntries([...this.attributes].map(({ name, value }) => [name, value]));
    return { lang: document.documentElement.lang, ...attributes, style };
  }

  /** The half of the visitor's state that this page keeps: read, written, or with null forgotten. */
  private _kept(ciphertext?: string | null): string | null {
    const key = `dm3 ${this.getAttribute("app")}`;
    try {
      if (ciphertext === null) localStorage.removeItem(key);
      else if (ciphertext !== undefined) localStorage.setItem(key, ciphertext);
      return localStorage.getItem(key);
    } catch {
      return null; // full or forbidden: the frame goes on with what it has in memory
    }
  }
}

if (!customElements.get("dm3-chat")) customElements.define("dm3-chat", Dm3Chat);
