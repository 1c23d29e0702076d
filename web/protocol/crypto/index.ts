export {
  escrowKeyFrom,
  type KeyCreationMessage,
  keyCreationText,
  MAIN_DOMAIN,
  MAIN_URI,
  newNonce,
  ownSignature,
  ProfileKeys,
  type RandomBytes,
  recordSaltFrom,
  seedFrom,
  sessionKeys,
  walletKeyFrom,
} from "./derivation.ts";
export { checksumAddress, KeyWallet, personalHash, recoverPersonal, type Wallet } from "./ethereum.ts";
export { KEY_BYTES, NONCE_BYTES, type Opener, openSealed, SCHEME, seal, type SealedBox } from "./sealing.ts";
export { Entropy, HostSignature, OwnedSignature, Seed, StorageKey, WalletKey } from "./secrets.ts";
export { isDataSigned, isHashSigned, isSigned, isSigningKey, sign } from "./signing.ts";
