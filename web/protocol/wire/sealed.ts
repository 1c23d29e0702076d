/** Sealed text: a `SealedBox` as the JSON text that dm3 sends (specification 2.3). */

import { fromBase64, fromHex, fromUtf8, Members, readJson, toBase64, toHex, utf8, CannotOpen, MalformedData } from "../base/index.ts";
import { KEY_BYTES, NONCE_BYTES, type Opener, openSealed, type RandomBytes, seal } from "../crypto/index.ts";

/** Seals `text` for a public encryption key; gives canonical JSON text. */
export function sealText(text: string, receiver: Uint8Array, random: RandomBytes): string {
  const box = seal(utf8(text), receiver, random);
  const ciphertext = toBase64(box.ciphertext);
  return `{"ciphertext":"${ciphertext}","ephemPublicKey":"${toBase64(box.ephemeralPublicKey)}","nonce":"${toHex(box.nonce)}"}`;
}

/** Opens sealed JSON text; throws `MalformedData` for another form, `CannotOpen` where the key does not fit. */
export function openText(sealed: string, keys: Opener, what: string): string {
  const members = new Members(readJson(sealed, what), what);
  const plain = openSealed(
    {
      ciphertext: fromBase64(members.text("ciphertext"), `${what}: ciphertext`),
      ephemeralPublicKey: fromBase64(members.text("ephemPublicKey"), `${what}: ephemPublicKey`, KEY_BYTES),
      nonce: fromHex(members.text("nonce"), `${what}: nonce`, NONCE_BYTES),
    },
    keys,
  );
  try {
    return fromUtf8(plain, what);
  } catch (error) {
    throw error instanceof MalformedData ? new CannotOpen(`${what} does not hold text`) : error;
  }
}
