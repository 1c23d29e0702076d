import type { LinkStrings } from "./index.ts";

export const ar: LinkStrings = {
  linkWhat: "عندها يعرض تطبيق مراسلتك هذه المحادثة ويمكنه الرد عنك هنا. يعلم {app} أن تطبيقًا مرتبط، ولا يعلم أيّ تطبيق هو.",
  linkName: "اسم تطبيق مراسلتك",
  linkCode: "الرمز الذي يعرضه",
  linkHow: "اختر في تطبيق مراسلتك «ربط ملف»؛ سيعرض رمزًا من عشرة أحرف وأرقام.",
  linkAsk: "اطلب",
  linkAsked: "طُلب من {name}. وافق في تطبيق مراسلتك.",
  linkTakeBack: "اسحب الطلب",
  linkLinked: "مرتبط مع {name} حتى {date}.",
  linkEnd: "أنهِ الربط",
  linkRejected: "رفض {name}. {reason}",
  linkExpired: "انتهت مدة الربط مع {name}.",
  linkEnded: "انتهى الربط مع {name}.",
  linkWallet: "وقّع بمحفظتك بدلًا من ذلك",
};
