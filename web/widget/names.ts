/** Names as people read them: an address in them is shortened, the whole stands in the title. */

export function shortName(name: string): string {
  return name.replace(/0x[0-9a-f]{40}/g, (address) => `${address.slice(0, 6)}…${address.slice(-4)}`);
}
