/** The form of an envelope that delivery services of npm 1.7.1 want (specification 2.4). Loaded when one refuses ours. */

import { canonicalJson, type Json, Members, readJson, sha256Hex } from "../../protocol/base/index.ts";
import { type ProfileKeys, sign } from "../../protocol/crypto/index.ts";

/** The same envelope (JSON text), naming its message by the hash of what is sealed, signed by `keys`. */
export function withOtherHash(envelope: string, keys: ProfileKeys): string {
  const read = new Members(readJson(envelope, "the envelope", envelope.length * 4), "the envelope");
  const { messageHash: _, signature: __, ...metadata } = read.object("metadata").raw;
  const signed: Record<string, Json> = { ...metadata, encryptedMessageHash: sha256Hex(canonicalJson(read.text("message"))) };
  return canonicalJson({ ...read.raw, metadata: { ...signed, signature: sign(keys, canonicalJson(signed)) } });
}
