/** What the forms of the panel for other devices are made of. */

import type { JSX } from "preact";

import type { LinkStrings } from "../strings/link/index.ts";
import type { Placement } from "../wallets.ts";
import type { PanelStrings } from "./back.tsx";
import { nameOf } from "./wallet_choice.tsx";

/** Random bytes of this device. */
export function random(length: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(length));
}

interface FieldProperties {
  readonly label: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly required?: boolean;
}

/** A field for a name or a code: never corrected, always left to right. */
export function Field({ label, value, onValue, required = false }: FieldProperties): JSX.Element {
  return (
    <label>
      {label}
      <input required={required} dir="ltr" autocomplete="off" autocapitalize="off" spellcheck={false} value={value} onInput={(event) => onValue(event.currentTarget.value)} />
    </label>
  );
}

interface PlacesProperties {
  readonly legend: string;
  readonly places: readonly Placement[];
  readonly chosen: Placement | undefined;
  readonly strings: LinkStrings;
  readonly onChoose: (place: Placement | undefined) => void;
  /** What choosing no wallet means; absent where one is needed. */
  readonly otherwise?: string;
}

/** Where the wallet is. */
export function Places({ legend, places, chosen, strings, onChoose, otherwise }: PlacesProperties): JSX.Element {
  return (
    <fieldset>
      <legend>{legend}</legend>
      {otherwise !== undefined && (
        <label class="choice">
          <input type="radio" name="place" checked={chosen === undefined} onChange={() => onChoose(undefined)} />
          {otherwise}
        </label>
      )}
      {places.map((each) => (
        <label class="choice" key={each.id}>
          <input type="radio" name="place" checked={chosen === each} onChange={() => onChoose(each)} />
          {nameOf(each, strings)}
        </label>
      ))}
    </fieldset>
  );
}

/** What is said of errors here, by their code. */
export function backSentences({ back }: PanelStrings): Record<string, string> {
  return {
    "mistyped-code": back.mistyped,
    "no-passkey": back.noPasskey,
    "cannot-open": back.locked,
    "escrow-mismatch": back.changed,
    "nothing-kept": back.nothing,
    "escrow-off": back.off,
  };
}
