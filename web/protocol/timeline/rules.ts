/** What each message may do to a timeline (Python: `dm3.protocol.messages.timeline_rules`). */

import {
  byPlace,
  CHANGES,
  type Delivery,
  type Entry,
  inOrder,
  isEntry,
  LONGEST_REACTION,
  type Reaction,
  RECEIPTS,
  type Remark,
  type Timeline,
  type TimelineMessage,
} from "./model.ts";
import { Threads } from "./threads.ts";

const RANK: Readonly<Partial<Record<Delivery, number>>> = { sent: 0, received: 1, read: 2 };

/** The timeline of one conversation's messages, given in any order. */
export function timeline(messages: Iterable<TimelineMessage>): Timeline {
  return new Builder(inOrder(messages)).build();
}

class Builder {
  readonly #byHash: Map<string, TimelineMessage>;
  readonly #remarks = new Map<string, Remark>();
  readonly #held: TimelineMessage[] = [];
  readonly #ignored: TimelineMessage[] = [];
  /** To which entry a message belongs: itself, or for an edit the one that it edits. */
  readonly #owner = new Map<string, string>();
  readonly #edits = new Map<string, TimelineMessage[]>();
  readonly #deleted = new Map<string, number>();
  readonly #withdrawn = new Set<string>();
  readonly #reactions = new Map<string, Map<string, string[]>>();
  readonly #receipts = new Map<string, Delivery>();

  constructor(readonly ordered: readonly TimelineMessage[]) {
    this.#byHash = new Map(ordered.map((message) => [message.hash, message]));
    for (const { hash, type } of ordered) if (isEntry(type)) this.#owner.set(hash, hash);
  }

  build(): Timeline {
    this.#takeEdits();
    for (const message of this.#of("DELETE_REQUEST")) this.#takeDeletion(message);
    for (const message of this.#of("REACTION")) this.#takeReaction(message);
    for (const message of this.#of(...RECEIPTS)) this.#takeReceipt(message);
    const resends = this.#of("RESEND_REQUEST").flatMap((message) => this.#resend(message));
    const shown = this.ordered.filter(({ type, hash }) => isEntry(type) || this.#remarks.has(hash));
    const threads = new Threads(shown, this.#owner);
    const hashes = (list: TimelineMessage[]) => list.sort(byPlace).map(({ hash }) => hash);
    return {
      entries: shown.map((message) => this.#entry(message, threads)),
      held: hashes(this.#held),
      ignored: hashes(this.#ignored),
      resends,
    };
  }

  #of(...types: readonly string[]): TimelineMessage[] {
    return this.ordered.filter(({ type }) => types.includes(type));
  }

  #target(message: TimelineMessage): TimelineMessage | Remark {
    if (!message.reference) return "no-reference";
    if (message.reference === message.hash) return "loop";
    return this.#byHash.get(message.reference) ?? "awaited";
  }

  #takeEdits(): void {
    const edits = this.#of("EDIT");
    for (const edit of edits) {
      const target = this.#target(edit);
      if (typeof target === "string") this.#remarks.set(edit.hash, target);
      else if (target.author !== edit.author) this.#remarks.set(edit.hash, "foreign");
      else if (CHANGES.has(target.type) && target.type !== "EDIT") this.#remarks.set(edit.hash, "unfit");
    }
    for (const edit of edits) this.#follow(edit);
    for (const edit of edits) {
      const owner = this.#owner.get(edit.hash)!;
      if (owner !== edit.hash) pushTo(this.#edits, owner, edit);
    }
  }

  /** Finds whose edit this is, through edits of edits. */
  #follow(edit: TimelineMessage): void {
    const steps = new Set<string>();
    let here = edit.hash;
    while (!this.#owner.has(here) && !this.#remarks.has(here) && !steps.has(here)) {
      steps.add(here);
      here = this.#byHash.get(here)!.reference ?? "";
    }
    let way = [...steps];
    if (steps.has(here)) {
      // A circle: its members stand for themselves, what leads to it edits them.
      for (const member of way.slice(way.indexOf(here))) {
        this.#remarks.set(member, "loop");
        this.#owner.set(member, member);
      }
      way = way.slice(0, way.indexOf(here));
    }
    const owner = this.#owner.get(here) ?? here;
    this.#owner.set(here, owner);
    for (const step of way) this.#owner.set(step, owner);
  }

  #takeDeletion(message: TimelineMessage): void {
    const target = this.#target(message);
    if (typeof target === "string") this.#refuseOrHold(message, target);
    else if (target.author !== message.author) this.#remarks.set(message.hash, "foreign");
    else if (target.type === "REACTION") this.#withdrawn.add(target.hash);
    else {
      const owner = this.#owner.get(target.hash);
      if (owner === undefined) this.#remarks.set(message.hash, "unfit");
      else this.#deleted.set(owner, Math.min(message.at, this.#deleted.get(owner) ?? message.at));
    }
  }

  #takeReaction(message: TimelineMessage): void {
    const target = this.#target(message);
    const content = (message.content ?? "").trim();
    if (typeof target === "string") return this.#refuseOrHold(message, target);
    const owner = this.#owner.get(target.hash);
    if (owner === undefined || [...content].length > LONGEST_REACTION) {
      this.#remarks.set(message.hash, "unfit");
    } else if (!this.#withdrawn.has(message.hash)) {
      const here = this.#reactions.get(owner) ?? new Map<string, string[]>();
      this.#reactions.set(owner, here);
      if (content === "") {
        for (const [each, authors] of here) here.set(each, authors.filter((author) => author !== message.author));
      } else if (!here.get(content)?.includes(message.author)) {
        here.set(content, [...(here.get(content) ?? []), message.author]);
      }
    }
  }

  #refuseOrHold(message: TimelineMessage, remark: Remark): void {
    if (remark === "awaited") this.#held.push(message);
    else this.#remarks.set(message.hash, remark);
  }

  #takeReceipt(message: TimelineMessage): void {
    const target = this.#target(message);
    if (target === "awaited") {
      this.#held.push(message);
      return;
    }
    const owner = typeof target === "string" ? undefined : this.#owner.get(target.hash);
    if (typeof target === "string" || owner === undefined || target.author === message.author) {
      this.#ignored.push(message);
      return;
    }
    const said: Delivery = message.type === "READ_OPENED" ? "read" : "received";
    this.#receipts.set(owner, further(said, this.#receipts.get(owner) ?? "sent"));
  }

  #resend(message: TimelineMessage): Timeline["resends"] {
    const target = this.#target(message);
    if (target === "awaited") {
      this.#held.push(message);
      return [];
    }
    if (typeof target !== "string" && !message.own && target.own) {
      const owner = this.#owner.get(target.hash);
      if (owner === undefined || !this.#deleted.has(owner)) {
        return [{ request: message.hash, message: target.hash }];
      }
    }
    this.#ignored.push(message);
    return [];
  }

  #entry(message: TimelineMessage, threads: Threads): Entry {
    const edits = this.#edits.get(message.hash) ?? [];
    const latest = edits.at(-1) ?? message;
    const deletedAt = this.#deleted.get(message.hash);
    const gone = deletedAt !== undefined;
    // An edit speaks of the text; attachments that it does not replace stay.
    const attached = [message, ...edits].findLast(({ attachments }) => attachments?.length)?.attachments ?? [];
    const delivery = latest.delivery ?? "sent";
    const { thread, depth } = threads.placeOf(message.hash);
    return {
      hash: message.hash,
      author: message.author,
      own: message.own,
      type: message.type,
      at: message.at,
      content: gone ? undefined : latest.content,
      attachments: gone ? [] : attached,
      thread,
      depth,
      latest: latest.hash,
      replyTo: threads.above(message.hash),
      editedAt: edits.length > 0 && !gone ? latest.at : undefined,
      deletedAt,
      reactions: gone ? [] : this.#reactionsTo(message.hash),
      delivery: delivery in RANK ? further(delivery, this.#receipts.get(message.hash) ?? delivery) : delivery,
      unread: message.unread ?? false,
      remark: this.#remarkOn(message),
    };
  }

  #reactionsTo(hash: string): Reaction[] {
    return [...(this.#reactions.get(hash) ?? [])]
      .filter(([, authors]) => authors.length > 0)
      .map(([content, authors]) => ({ content, authors }));
  }

  #remarkOn({ type, reference, hash }: TimelineMessage): Remark | undefined {
    return type === "REPLY" && reference && !this.#byHash.has(reference) ? "awaited" : this.#remarks.get(hash);
  }
}

function further(one: Delivery, other: Delivery): Delivery {
  return RANK[one]! >= RANK[other]! ? one : other;
}

function pushTo<Value>(lists: Map<string, Value[]>, key: string, value: Value): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
