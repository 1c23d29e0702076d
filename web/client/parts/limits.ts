/** How large a message to somebody may be. */

import { Dm3Error, Members } from "../../protocol/base/index.ts";
import type { Service } from "../net/answers.ts";
import { part, rpc } from "../net/delivery.ts";
import type { Directory } from "../net/directory.ts";

/** A message with all that is in it, in bytes (specification 4). */
const MAX_MESSAGE = 20_000_000;
/** What the words of a message and the frame around it may take, in bytes. */
const WORDS = 120_000;

/** Base64 twice: in the message, and where it is sealed. */
const SEALED = 1.8;
const WRITTEN = 1.34;

/** The most bytes that a message's files may have together, so that a delivery service of `to` takes it. */
export async function mostBytes(gateway: Service, directory: Directory, to: string): Promise<number> {
  const limit = await sizeLimit(gateway, directory, to);
  const fits = limit === undefined ? Number.POSITIVE_INFINITY : (limit - WORDS) / SEALED;
  return Math.max(0, Math.floor(Math.min(fits, (MAX_MESSAGE - WORDS) / WRITTEN)));
}

/** The largest envelope in bytes that one of the services of `to` says it takes; undefined where none says so. */
async function sizeLimit(gateway: Service, directory: Directory, to: string): Promise<number | undefined> {
  try {
    const { services } = await directory.find(to);
    const limits = await Promise.all(
      services.map(async ({ name }) => {
        const told = await rpc(gateway.below(`ds/${part(name)}`), "dm3_getDeliveryServiceProperties", []);
        return new Members(told, "the service's properties").whole("sizeLimit");
      }),
    );
    const told = limits.filter((limit) => limit > 0);
    return told.length > 0 ? Math.max(...told) : undefined;
  } catch (error) {
    if (error instanceof Dm3Error) return undefined; // it is told when it is sent
    throw error;
  }
}
