export { type EscrowContents, type EscrowKey, EscrowLocked, EscrowMismatch, openEscrow, requirePublished, sealEscrow } from "./blob.ts";
export { checkEscrowChallenge } from "./challenge.ts";
