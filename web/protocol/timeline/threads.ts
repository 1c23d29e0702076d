import { byPlace, type TimelineMessage } from "./model.ts";

/** Which entry answers which. Circles are cut at their earliest entry. */
export class Threads {
  readonly #above = new Map<string, string>();
  readonly #places = new Map<string, { thread: string; depth: number }>();

  constructor(shown: readonly TimelineMessage[], owner: ReadonlyMap<string, string>) {
    const here = new Map(shown.map((message) => [message.hash, message]));
    for (const { hash, type, reference } of shown) {
      if (type !== "REPLY" || !reference) continue;
      const found = owner.get(reference) ?? reference;
      if (here.has(found) && found !== hash) this.#above.set(hash, found);
    }
    for (const { hash } of shown) this.#place(hash, here);
  }

  above(hash: string): string | undefined {
    return this.#above.get(hash);
  }

  placeOf(hash: string): { thread: string; depth: number } {
    return this.#places.get(hash)!;
  }

  #place(start: string, here: ReadonlyMap<string, TimelineMessage>): void {
    const way: string[] = [];
    const seen = new Set<string>();
    let hash = start;
    while (!this.#places.has(hash) && !seen.has(hash) && this.#above.has(hash)) {
      way.push(hash);
      seen.add(hash);
      hash = this.#above.get(hash)!;
    }
    if (seen.has(hash)) {
      const circle = way.slice(way.indexOf(hash)).map((member) => here.get(member)!);
      this.#above.delete(circle.sort(byPlace)[0]!.hash);
      this.#place(start, here);
      return;
    }
    if (!this.#places.has(hash)) this.#places.set(hash, { thread: hash, depth: 0 });
    for (const step of way.reverse()) {
      const { thread, depth } = this.#places.get(this.#above.get(step)!)!;
      this.#places.set(step, { thread, depth: depth + 1 });
    }
  }
}
