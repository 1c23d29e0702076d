/** A text that is to be signed, as it is: it is read first, and signed only when the user says so. */

import type { JSX } from "preact";

import { givesKeys } from "../../protocol/crypto/key_text.ts";
import type { LinkStrings } from "../strings/link/index.ts";

interface Properties {
  readonly text: string;
  readonly strings: LinkStrings;
  readonly onSign: () => void;
  readonly onCancel: () => void;
}

export function Readable({ text, strings, onSign, onCancel }: Properties): JSX.Element {
  return (
    <div class="readable">
      {givesKeys(text) ? <p role="alert">{strings.signKeys}</p> : <p>{strings.signWhat}</p>}
      <pre dir="ltr" tabIndex={0}>
        {text}
      </pre>
      {!givesKeys(text) && (
        <button type="button" class="primary" onClick={onSign}>
          {strings.sign}
        </button>
      )}
      <button type="button" onClick={onCancel}>
        {strings.signNot}
      </button>
    </div>
  );
}
