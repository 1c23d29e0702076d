/** How what is kept is sealed: AES-GCM, bound to its place. Whoever keeps nothing does not load it. */

export const IV_BYTES = 12;

/** Seals a text under an AES-GCM key, bound to `place`. */
export async function sealed(key: CryptoKey, text: string, place: string): Promise<Uint8Array> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const algorithm = { name: "AES-GCM", iv, additionalData: new TextEncoder().encode(place) };
  const ciphertext = await crypto.subtle.encrypt(algorithm, key, new TextEncoder().encode(text));
  const blob = new Uint8Array(IV_BYTES + ciphertext.byteLength);
  blob.set(iv);
  blob.set(new Uint8Array(ciphertext), IV_BYTES);
  return blob;
}

/** Opens what `sealed` has made; undefined where key, place or bytes are others. */
export async function opened(key: CryptoKey, blob: Uint8Array, place: string): Promise<string | undefined> {
  const algorithm = {
    name: "AES-GCM",
    iv: blob.slice(0, IV_BYTES),
    additionalData: new TextEncoder().encode(place),
  };
  try {
    return new TextDecoder().decode(await crypto.subtle.decrypt(algorithm, key, blob.slice(IV_BYTES)));
  } catch {
    return undefined;
  }
}
