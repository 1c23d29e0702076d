/** The Worker: reads files, and does the work on big messages. It asks nobody and keeps nothing. */

import { makingHere } from "../client/making.ts";
import { Dm3Error, toBase64 } from "../protocol/base/index.ts";
import { ProfileKeys, Seed } from "../protocol/crypto/index.ts";
import type { Answer, Job, Read } from "./jobs.ts";

const making = makingHere((length) => crypto.getRandomValues(new Uint8Array(length)));
const scope = self as unknown as DedicatedWorkerGlobalScope;

scope.onmessage = async ({ data }: MessageEvent<{ id: number; job: Job }>) => {
  scope.postMessage({ id: data.id, ...(await answer(data.job)) });
};

async function answer(job: Job): Promise<Answer> {
  try {
    return { done: await done(job) };
  } catch (error) {
    const { message, hint } = error as Dm3Error;
    return { failed: { code: error instanceof Dm3Error ? error.code : undefined, message, hint } };
  }
}

async function done(job: Job): Promise<unknown> {
  switch (job.type) {
    case "read":
      return read(job.file);
    case "compose":
      return making.compose(job.draft, keys(job.seed));
    case "envelop":
      return making.envelop(job.text, job.addressed, keys(job.seed));
    case "open":
      return making.open(job.envelope, keys(job.seed), job.serviceKey);
    case "check":
      return making.check(job.message, job.signingKey);
  }
}

/** A file as a `data:` URI, its kind as the browser says: nothing of it is interpreted. */
async function read(file: File): Promise<Read> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const kind = /^[a-z0-9][\w!#$&^.+-]{0,63}\/[a-z0-9][\w!#$&^.+-]{0,63}$/.test(file.type) ? file.type : "application/octet-stream";
  return { data: `data:${kind};base64,${toBase64(bytes)}` };
}

function keys(seed: Uint8Array): ProfileKeys {
  return new ProfileKeys(new Seed(seed));
}
