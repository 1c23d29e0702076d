import type { ActingStrings } from "./index.ts";

export const ar: ActingStrings = {
  react: "تفاعل بـ {emoji}",
  reactions: "التفاعلات",
  reply: "رد",
  edit: "تعديل",
  copy: "نسخ النص",
  delete: "حذف",
  deleteSure: "تختفي الرسالة هنا، ويُطلب من الطرف الآخر حذفها أيضًا. ويعود القرار في ذلك إلى برنامجه.",
};
