export {
  CHANGES,
  type Delivery,
  type Entry,
  isEntry,
  LONGEST_REACTION,
  type Reaction,
  type Remark,
  type Timeline,
  type TimelineMessage,
} from "./model.ts";
export { timeline } from "./rules.ts";
