/** UNIX seconds as the times of signed texts: RFC 3339 in UTC, without fractions. */
export function timeText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(/\.\d{3}Z$/, "Z");
}
