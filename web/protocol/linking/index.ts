export { timeText } from "./times.ts";
export { type LinkMessage, newLinkNonce, printLinkMessage } from "./link_message.ts";
export { MistypedPairingCode, type PairingProofs, pairingProofs, parsePairingCode } from "./pairing.ts";
export { REJECT_CODES, type RejectCode, type Rejection } from "./rejection.ts";
export {
  ask,
  type Asked,
  type Asking,
  type AskingEffect,
  type AskingState,
  type AskingStep,
  end,
  endingText,
  issueTime,
  LinkRefused,
  type OwnProfile,
  passTime,
  requestPayload,
  takeAcceptance,
  takeEnding,
} from "./requester.ts";
