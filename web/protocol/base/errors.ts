/** The errors of the protocol. An error's `code` is what a program compares, its message what a person reads. */

export type Fault = "caller" | "remote" | "network";

/** Something went wrong; `hint` says what to do next. */
export class Dm3Error extends Error {
  readonly code: string = "error";
  readonly fault: Fault = "caller";

  constructor(
    message: string,
    readonly hint: string = "",
  ) {
    super(message);
    this.name = new.target.name;
  }
}

/** That value cannot be used. */
export class InvalidInput extends Dm3Error {
  override readonly code: string = "invalid-input";
}

/** That is not a valid ENS name. */
export class InvalidName extends InvalidInput {
  override readonly code = "invalid-name";
}

/** That step is not possible in this state. */
export class WrongState extends Dm3Error {
  override readonly code: string = "wrong-state";
}

/** Keys must not be derived from a signature that somebody else may have seen. */
export class KeyRuleViolation extends WrongState {
  override readonly code = "key-rule";
}

/** The other side sent something that does not follow the protocol. */
export class RemoteProtocolError extends Dm3Error {
  override readonly code: string = "remote-protocol";
  override readonly fault = "remote";
}

/** The data is not well-formed. */
export class MalformedData extends RemoteProtocolError {
  override readonly code = "malformed";
}

/** The data is larger than allowed. */
export class TooLarge extends RemoteProtocolError {
  override readonly code = "too-large";
}

/** A signature does not fit the data and the key it should belong to. */
export class BadSignature extends RemoteProtocolError {
  override readonly code = "bad-signature";
}

/** The sealed data cannot be opened with this key. */
export class CannotOpen extends RemoteProtocolError {
  override readonly code = "cannot-open";

  constructor(message = "The sealed data cannot be opened with this key.", hint = "") {
    super(message, hint);
  }
}

/** The other side does not support this kind of message. */
export class UnsupportedByPeer extends RemoteProtocolError {
  override readonly code = "unsupported-by-peer";
}
