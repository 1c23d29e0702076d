/** A text that is to be signed, as it is: it is read first, and signed only when the user says so. */

import type { JSX } from "preact";

import type { LinkStrings } from "../strings/link/index.ts";

interface Properties {
  readonly text: string;
  readonly strings: LinkStrings;
  readonly onSign: () => void;
  readonly onCancel: () => void;
}

/** What a wallet signs for keys: nothing here asks for it, and who does wants them (specification 2.2). */
const GIVES_KEYS = /Keys\s+for\s+secure\s+communication\s+are\s+derived\s+from\s+this\s+signature/;

export function Readable({ text, strings, onSign, onCancel }: Properties): JSX.Element {
  return (
    <div class="readable">
      {GIVES_KEYS.test(text) ? <p role="alert">{strings.signKeys}</p> : <p>{strings.signWhat}</p>}
      <pre dir="ltr" tabIndex={0}>
        {text}
      </pre>
      {!GIVES_KEYS.test(text) && (
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
