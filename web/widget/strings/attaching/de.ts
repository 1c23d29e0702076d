import type { AttachingStrings } from "./index.ts";

export const de: AttachingStrings = {
  remove: "{name} entfernen",
  tooLarge: "{name} passt nicht: Die Dateien einer Nachricht haben höchstens {limit}, und {left} sind noch frei.",
  tooMany: "Eine Nachricht hat höchstens {count} Dateien.",
  unreadable: "{name} lässt sich nicht lesen.",
  chosen: "Dateien dieser Nachricht",
  together: "{size} von {limit}",
};
