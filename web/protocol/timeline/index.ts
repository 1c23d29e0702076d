export {
  type Delivery,
  type Entry,
  isEntry,
  type Reaction,
  type Remark,
  type Timeline,
  type TimelineMessage,
} from "./model.ts";
export { timeline } from "./rules.ts";
