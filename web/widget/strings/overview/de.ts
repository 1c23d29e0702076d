import type { OverviewStrings } from "./index.ts";

export const de: OverviewStrings = {
  title: "Über diesen Chat",
  name: "Sie schreiben als",
  anonymous: "Anonym. Der Name hier unten wurde für diesen Chat gemacht und sagt nichts über Sie.",
  verified: "Bestätigt durch Ihre Anmeldung auf dieser Seite.",
  messenger: "Ihr eigener Messenger",
  notLinked: "Nicht verknüpft: Dieser Chat ist nur in diesem Browser.",
  devices: "Andere Geräte",
  notKept: "Für sie ist nichts aufgehoben.",
  kept: "Seit {date} ist eine versiegelte Kopie verwahrt.",
  answers: "Wo Sie Antworten bekommen",
  here: "Hier, solange eine Seite mit diesem Chat offen ist.",
  linked: "In Ihrem Messenger {name}.",
  place: "Was dieser Browser behält",
  own: "Schlüssel und Nachrichten, verschlüsselt, bis Sie sie vergessen lassen.",
  split: "Schlüssel und Nachrichten, verschlüsselt; die Hälfte dessen, was sie öffnet, liegt beim Dienst des Chats.",
  memory: "Nichts: Wenn Sie die Seite verlassen, ist alles weg.",
  forgetAll: "Alles vergessen",
  forget: "Diese Unterhaltung vergessen",
  forgetSure: "Alles von diesem Chat wird in diesem Browser gelöscht, auch die Schlüssel. Das lässt sich nicht rückgängig machen.",
};
