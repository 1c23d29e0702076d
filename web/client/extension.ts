/** What profiles of this implementation support, in every spelling: a sender asks for the one that it writes. */

import type { Json } from "../protocol/base/index.ts";
import { SCHEME } from "../protocol/crypto/index.ts";
import { MESSAGE_TYPES, TYPE_ALIASES } from "../protocol/wire/index.ts";

export const EXTENSION: Json = {
  encryptionScheme: [SCHEME],
  notSupportedMessageTypes: [],
  supportedMessageTypes: [...MESSAGE_TYPES, ...Object.keys(TYPE_ALIASES)],
};
