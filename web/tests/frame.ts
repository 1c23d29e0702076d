/** What a frame has and Node has not, for tests of tabs. Without locks: that is how frames of other sites agree. */

import { after } from "node:test";

/** None of them holds the process up when the tests are over. */
export class Channel extends BroadcastChannel {
  constructor(name: string) {
    super(name);
    (this as unknown as { unref(): void }).unref();
  }
}

const { setInterval: repeat, setTimeout: later } = globalThis;
/** Words that were said before a time is up are heard before it, also where the machine has stood still meanwhile. */
const TURNS = 20;
const turned = (then: () => void, turns = TURNS): unknown => setImmediate(() => (turns === 0 ? then() : turned(then, turns - 1)));
Object.assign(globalThis, {
  BroadcastChannel: Channel,
  addEventListener: () => undefined,
  document: { hidden: false },
  setTimeout: (then: () => void, milliseconds: number) => later(() => turned(then), milliseconds),
  setInterval: (...all: Parameters<typeof repeat>) => (repeat(...all) as unknown as { unref(): unknown }).unref(),
});
Object.defineProperty(globalThis, "navigator", { value: {}, configurable: true });

// Until then something does: a tab that waits for words alone would end the process.
const waiting = repeat(() => undefined, 1_000);
after(() => clearInterval(waiting));
