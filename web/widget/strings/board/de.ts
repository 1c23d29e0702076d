import type { BoardStrings } from "./index.ts";

export const de: BoardStrings = {
  board: "Öffentliche Beiträge",
  nothing: "Hier hat noch niemand etwas gesagt.",
  older: "Ältere zeigen",
  you: "Sie",
  say: "Allen etwas sagen",
  isPublic: "Das ist öffentlich: Alle können es lesen und behalten, unter einem Namen, der für diesen Browser gemacht wurde.",
  send: "Veröffentlichen",
  onItsWay: "Unterwegs zur Tafel",
  waits: "Wartet auf Veröffentlichung",
  gone: "Steht nicht mehr auf der Tafel",
  failed: "Konnte nicht gesendet werden",
  again: "Noch einmal versuchen",
  withdraw: "Zurückziehen",
  away: "Die Tafel ist gerade nicht zu erreichen. Es wird weiter versucht.",
  unverified: "Nicht gezeigt, weil nicht von denen signiert, die sie nennen: {count}",
};
