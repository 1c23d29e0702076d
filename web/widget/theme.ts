/** The look that the host page asks for: custom properties with plain values, light or dark. */

import type { HostSettings } from "../loader/protocol.ts";

const PLAIN = /^[#\w\s.,%()'"-]{1,120}$/;

/** Takes the page's properties over; what is no plain value is left out. */
export function themed(settings: HostSettings | undefined): void {
  const { style } = document.documentElement;
  for (const [name, value] of Object.entries(settings?.style ?? {})) {
    if (/^--dm3-[a-z-]+$/.test(name) && typeof value === "string" && PLAIN.test(value) && !/url\s*\(/i.test(value)) {
      style.setProperty(name, value);
    }
  }
  const theme = settings?.theme;
  style.colorScheme = theme === "light" || theme === "dark" ? theme : "light dark";
}
