import { Dm3Error } from "../protocol/base/index.ts";
import { CannotTell } from "./net/answers.ts";

/** The error as one of ours. A fault of the program is reported, and is told as what may work with the next try. */
export function foreseen(error: unknown): Dm3Error {
  if (error instanceof Dm3Error) return error;
  globalThis.reportError?.(error);
  return new CannotTell("something went wrong here");
}
