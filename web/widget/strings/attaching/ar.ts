import type { AttachingStrings } from "./index.ts";

export const ar: AttachingStrings = {
  remove: "إزالة {name}",
  tooLarge: "لا يتسع المكان لـ {name}: الحد الأقصى لملفات الرسالة الواحدة {limit}، والمتبقي {left}.",
  tooMany: "تحتوي الرسالة على {count} ملف كحد أقصى.",
  unreadable: "تتعذر قراءة {name}.",
  chosen: "ملفات هذه الرسالة",
  together: "{size} من {limit}",
};
