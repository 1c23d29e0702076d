/** Whether a wallet that signs a text gives keys away, to whoever gets the signature (specification 2.2). */

const GIVES_KEYS = /Keys\s+for\s+secure\s+communication\s+are\s+derived\s+from\s+this\s+signature/;

/** Whether `text` is what a wallet signs for keys: nobody asks for it in the open, and who does wants them. */
export function givesKeys(text: string): boolean {
  return GIVES_KEYS.test(text);
}
