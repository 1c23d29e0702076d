import type { EarlierStrings } from "./index.ts";

export const de: EarlierStrings = {
  what: "{name} hat wieder frühere Schlüssel. Das könnte jemand bewirken, der sie gestohlen hat: Es wird nichts an sie gesendet, und was sie signieren, steht für sich. Fragen Sie auf anderem Weg nach, ob das gewollt ist, und vergleichen Sie die Schlüssel: {keys}",
  takeBack: "Es ist gewollt",
  apart: "Mit früheren Schlüsseln von {name} signiert, die ersetzt wurden. Wer sie gestohlen hat, könnte das geschrieben haben:",
  linking: "(ein Schritt der Verknüpfung)",
  discard: "Wegwerfen",
  compare: "Schlüssel, um sie auf anderem Weg zu vergleichen: am Telefon oder von Angesicht zu Angesicht.",
  mine: "Ihre: {keys}",
  theirs: "{name}: {keys}",
};
