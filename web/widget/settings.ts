import type { Texts } from "./strings/index.ts";

/** Opening hours: each span's days from 0 (Monday), its times in minutes of the day. */
export interface Hours {
  readonly text: string;
  readonly zone: string;
  readonly spans: readonly { readonly days: readonly number[]; readonly from: number; readonly to: number }[];
}

/** A field of a form; `chars` are the most that it takes. */
export interface FormField {
  readonly label: string;
  readonly kind: "line" | "text" | "email" | "choice";
  readonly required: boolean;
  readonly options: readonly string[];
  readonly chars: number;
}

/** A form; `title` and `thanks` are "" where there are none. */
export interface Form {
  readonly name: string;
  readonly fields: readonly FormField[];
  readonly title: string;
  readonly thanks: string;
}

/** What the service says of the application, as data in the frame's page (Python: `dm3.widget.pages`). */
export interface FrameSettings {
  readonly app: string;
  readonly to: string | null;
  /** The board of mode `board`. */
  readonly board: string | null;
  readonly origins: readonly string[];
  readonly modes: readonly string[];
  readonly title: string;
  readonly welcome: string;
  readonly consent: string;
  readonly away: string;
  readonly hours: Hours | null;
  readonly forms: readonly Form[];
  /** The operator's own words in place of ours. */
  readonly texts: Texts;
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

/** The mode that the page asks for, where the application allows it; else the first that it allows. */
export function modeOf(frame: FrameSettings, wanted: string | undefined): string {
  return frame.modes.find((mode) => mode === wanted) ?? frame.modes[0]!;
}
