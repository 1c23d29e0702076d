import type { BoardStrings } from "./index.ts";

export const ar: BoardStrings = {
  board: "مشاركات عامة",
  nothing: "لم يقل أحد شيئًا هنا بعد.",
  older: "عرض الأقدم",
  you: "أنت",
  say: "قل شيئًا للجميع",
  isPublic: "هذا علني: يمكن للجميع قراءته والاحتفاظ به، باسم أُنشئ لهذا المتصفح.",
  send: "نشر",
  onItsWay: "في الطريق إلى اللوحة",
  waits: "بانتظار النشر",
  gone: "لم يعد على اللوحة",
  failed: "تعذّر الإرسال",
  again: "إعادة المحاولة",
  withdraw: "سحب",
  away: "تعذّر الوصول إلى اللوحة الآن. ستُعاد المحاولة.",
  unverified: "لم تُعرض لأنها غير موقّعة ممن تذكرهم: {count}",
};
