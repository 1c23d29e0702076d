/** What the service says of the application, as data in the frame's page (Python: `dm3.widget.pages`). */

export interface FrameSettings {
  readonly app: string;
  readonly to: string | null;
  readonly origins: readonly string[];
  readonly modes: readonly string[];
  readonly title: string;
  readonly welcome: string;
  readonly consent: string;
  readonly away: string;
  readonly hours: string;
  /** The most bytes that one message's files may have together; 0: none. */
  readonly attachments: number;
}

/** The settings in the page's one element. */
export function frameSettings(root: HTMLElement): FrameSettings {
  return JSON.parse(root.dataset["settings"] ?? "{}") as FrameSettings;
}

/** Whether a page of `origin` may show this chat; `*` stands for one label, as in the frame's own policy. */
export function mayEmbed(origin: string, allowed: readonly string[]): boolean {
  return allowed.some((pattern) => {
    if (!pattern.includes("*")) return pattern === origin;
    const escaped = pattern.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", "[^.:/]+");
    return new RegExp(`^${escaped}$`).test(origin);
  });
}
