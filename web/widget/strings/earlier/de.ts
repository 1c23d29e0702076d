import type { EarlierStrings } from "./index.ts";

export const de: EarlierStrings = {
  what: "{name} hat wieder frühere Schlüssel. Das könnte jemand bewirken, der sie gestohlen hat: Es wird nichts an sie gesendet und nichts von ihnen gezeigt. Fragen Sie auf anderem Weg nach, ob das gewollt ist.",
  takeBack: "Es ist gewollt",
};
