import type { ActingStrings } from "./index.ts";

export const de: ActingStrings = {
  react: "Mit {emoji} reagieren",
  reactions: "Reaktionen",
  reply: "Antworten",
  edit: "Bearbeiten",
  copy: "Text kopieren",
  delete: "Löschen",
  deleteSure: "Die Nachricht verschwindet hier, und die andere Seite wird gebeten, sie ebenfalls zu löschen. Ob das geschieht, entscheidet deren Programm.",
};
