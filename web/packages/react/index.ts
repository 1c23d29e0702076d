/**
 * `<Dm3Chat>` for React: the element with its events as properties.
 *
 *     <Dm3Chat host="https://chat.example.com" app="myapp.eth" to="desk.user.myapp.eth" onUnread={({ count }) => …} />
 */

import { createElement, type ReactElement, type Ref, useEffect, useImperativeHandle, useRef } from "react";

import { type ChatElement, type ChatEvents, type ChatLogin, loadChat } from "dm3-chat-element";

export interface Dm3ChatProps {
  /** The widget host's address. */
  readonly host: string;
  /** The application's ENS name. */
  readonly app: string;
  readonly to?: string;
  readonly mode?: "chat" | "form" | "in-app" | "board";
  readonly form?: string;
  readonly display?: "inline";
  readonly theme?: "light" | "dark";
  readonly locale?: string;
  readonly label?: string;
  /** Who has signed in at the site; null once nobody is: then the chat of this browser is forgotten. */
  readonly login?: ChatLogin | null;
  readonly onReady?: (detail: ChatEvents["dm3-ready"]) => void;
  readonly onOpen?: () => void;
  readonly onMessage?: (detail: ChatEvents["dm3-message"]) => void;
  readonly onUnread?: (detail: ChatEvents["dm3-unread"]) => void;
  readonly onLinked?: (detail: ChatEvents["dm3-linked"]) => void;
  readonly onError?: (detail: ChatEvents["dm3-error"]) => void;
  /** The element, for its methods. */
  readonly ref?: Ref<ChatElement>;
}

/** The chat as a component; it loads the element with the first one. */
export function Dm3Chat(props: Dm3ChatProps): ReactElement {
  const { host, login, onReady, onOpen, onMessage, onUnread, onLinked, onError, ref, ...attributes } = props;
  const element = useRef<ChatElement>(null);
  const told = useRef(props);
  told.current = props;
  useImperativeHandle(ref, () => element.current!);
  useEffect(() => {
    loadChat(host).catch((error: Error) => told.current.onError?.({ code: "cannot-load", message: error.message }));
  }, [host]);
  useEffect(() => {
    const chat = element.current!;
    const stop = new AbortController();
    const listen = <Name extends keyof ChatEvents>(name: Name, tell: (detail: ChatEvents[Name]) => void) =>
      chat.addEventListener(name, (event) => tell(event.detail), { signal: stop.signal });
    listen("dm3-ready", (detail) => told.current.onReady?.(detail));
    listen("dm3-open", () => told.current.onOpen?.());
    listen("dm3-message", (detail) => told.current.onMessage?.(detail));
    listen("dm3-unread", (detail) => told.current.onUnread?.(detail));
    listen("dm3-linked", (detail) => told.current.onLinked?.(detail));
    listen("dm3-error", (detail) => told.current.onError?.(detail));
    return () => stop.abort();
  }, []);
  const before = useRef<string | undefined>(undefined);
  useEffect(() => {
    if (login === undefined || before.current === (login?.authSig ?? "")) return;
    const had = before.current;
    before.current = login?.authSig ?? "";
    void customElements.whenDefined("dm3-chat").then(() => {
      if (login !== null) element.current?.signedIn(login);
      else if (had) element.current?.signOut();
    });
  }, [login]);
  return createElement("dm3-chat", { ...attributes, ref: element });
}
