/** Times as people read them; making a format is slow, so each is made once. */

const formats = new Map<string, Intl.DateTimeFormat>();

function format(language: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = language + JSON.stringify(options);
  const made = formats.get(key) ?? new Intl.DateTimeFormat(language, options);
  formats.set(key, made);
  return made;
}

/** Hours and minutes. */
export function clock(language: string, at: number): string {
  return format(language, { timeStyle: "short" }).format(at);
}

/** The day, by its name where it is near. */
export function dayName(at: number, language: string, strings: { today: string; yesterday: string }): string {
  const midnight = new Date().setHours(0, 0, 0, 0);
  if (at >= midnight) return strings.today;
  if (at >= new Date(midnight - 1).setHours(0, 0, 0, 0)) return strings.yesterday;
  return format(language, { dateStyle: "long" }).format(at);
}
