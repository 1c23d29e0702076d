import type { LinkStrings } from "./index.ts";

export const de: LinkStrings = {
  linkWhat: "Ihr Messenger zeigt dann diese Unterhaltung und kann hier für Sie antworten. {app} erfährt, dass ein Messenger verknüpft ist, nicht welcher.",
  linkName: "Der Name Ihres Messengers",
  linkCode: "Der Code, den er zeigt",
  linkHow: "Wählen Sie im Messenger „Profil verknüpfen“; er zeigt einen Code aus zehn Zeichen.",
  linkAsk: "Fragen",
  linkAsked: "{name} wurde gefragt. Stimmen Sie in Ihrem Messenger zu.",
  linkTakeBack: "Anfrage zurückziehen",
  linkLinked: "Mit {name} verknüpft bis {date}.",
  linkEnd: "Verknüpfung beenden",
  linkRejected: "{name} hat abgelehnt. {reason}",
  linkExpired: "Die Verknüpfung mit {name} ist abgelaufen.",
  linkEnded: "Die Verknüpfung mit {name} ist beendet.",
  linkWallet: "Stattdessen mit Ihrer Wallet unterschreiben",
};
