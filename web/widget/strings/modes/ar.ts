import type { ModeStrings } from "./index.ts";

export const ar: ModeStrings = {
  formSend: "إرسال",
  formSent: "شكرًا لك! تم إرسال رسالتك.",
  formWaits: "شكرًا لك! رسالتك محفوظة وستُرسل فور توفر الخدمة.",
  formAnswer: "عرض المحادثة",
  formAgain: "كتابة رسالة أخرى",
  formChoose: "يرجى الاختيار",
  back: "رجوع",
  people: "المحادثات",
  nobody: "لم تكتب إلى أحد بعد.",
  apart: "موقّعة بمفاتيح سابقة",
  personName: "اسم من تريد الكتابة إليه",
  personOpen: "اكتب",
  unread: "{count} غير مقروءة",
  open: "نحن هنا: {hours} ({zone})",
  closed: "لا يوجد أحد هنا الآن. اكتب رغم ذلك وسيصلك الرد لاحقًا. ساعات العمل: {hours} ({zone})",
  closedSays: "{text} ساعات العمل: {hours} ({zone})",
};
