import type { ModeStrings } from "./index.ts";

export const de: ModeStrings = {
  formSend: "Absenden",
  formSent: "Danke! Ihre Nachricht ist abgeschickt.",
  formWaits: "Danke! Ihre Nachricht ist aufgehoben und geht hinaus, sobald der Dienst zu erreichen ist.",
  formAnswer: "Zum Gespräch",
  formAgain: "Noch eine Nachricht schreiben",
  formChoose: "Bitte wählen",
  back: "Zurück",
  people: "Gespräche",
  nobody: "Sie haben noch niemandem geschrieben.",
  apart: "mit früheren Schlüsseln signiert",
  personName: "Der Name dessen, dem Sie schreiben möchten",
  personOpen: "Schreiben",
  unread: "{count} ungelesen",
  open: "Wir sind da: {hours} ({zone})",
  closed: "Gerade ist niemand da. Schreiben Sie trotzdem, die Antwort kommt später. Öffnungszeiten: {hours} ({zone})",
  closedSays: "{text} Öffnungszeiten: {hours} ({zone})",
};
