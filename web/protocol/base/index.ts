export { canonicalJson, without, type Json, type JsonObject } from "./canonical.ts";
export {
  concatenated,
  fromBase64,
  fromHex,
  fromUtf8,
  sha256Hex,
  toBase64,
  toHex,
  utf8,
} from "./encoding.ts";
export * from "./errors.ts";
export { addressName, addressOf, loadNameTables, NameTablesNeeded, normalize, normalized, ownerAlias } from "./names.ts";
export { MAX_JSON_CHARS, Members, readJson } from "./reading.ts";
