import type { EarlierStrings } from "./index.ts";

export const ar: EarlierStrings = {
  what: "عاد {name} إلى مفاتيح سابقة. قد يفعل ذلك من سرقها: لا يُرسل إليها شيء ولا يُعرض منها شيء. اسأل بطريقة أخرى هل هذا مقصود.",
  takeBack: "هذا مقصود",
};
