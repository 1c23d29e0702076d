// Rates of the published dm3 reference libraries, for comparison with our client core.
//
// stdin: {"content", "seconds"}; stdout: {"create", "open", "open_both"} in calls per second. The
// libraries are loaded from the node_modules folder named by DM3_REFERENCE_NODE_MODULES; none of their code is part
// of this repository.

import { createRequire } from 'node:module';
import { Console } from 'node:console';
import { text as textOf } from 'node:stream/consumers';
import path from 'node:path';

// stdout carries the result; the libraries log to the console freely.
globalThis.console = new Console(process.stderr, process.stderr);

const modules = path.resolve(process.env.DM3_REFERENCE_NODE_MODULES);
const load = createRequire(path.join(modules, 'bench.cjs'));
const crypto = load('@dm3-org/dm3-lib-crypto');
const shared = load('@dm3-org/dm3-lib-shared');
const { ethers } = load('ethers');
const messaging = load('@dm3-org/dm3-lib-messaging');

const { content, seconds } = JSON.parse(await textOf(process.stdin));
const ROUNDS = 7;

async function person(seedByte) {
  const seed = Buffer.alloc(32, seedByte).toString('base64');
  return {
    encryptionKeyPair: await crypto.createKeyPair(seed),
    signingKeyPair: await crypto.createSigningKeyPair(seed),
  };
}

const profileOf = (keys) => ({
  publicEncryptionKey: keys.encryptionKeyPair.publicKey,
  publicSigningKey: keys.signingKeyPair.publicKey,
  deliveryServices: ['ds.eth'],
});

const [alice, bob, service] = await Promise.all([1, 2, 3].map(person));

async function create() {
  const message = await messaging.createMessage(
    'bob.eth',
    'alice.eth',
    content,
    alice.signingKeyPair.privateKey,
  );
  const { encryptedEnvelop } = await messaging.buildEnvelop(message, crypto.encryptAsymmetric, {
    to: { ensName: 'bob.eth', profile: profileOf(bob) },
    from: { ensName: 'alice.eth', profile: profileOf(alice) },
    deliverServiceProfile: { ...profileOf(service), url: 'https://ds.example' },
    keys: alice,
  });
  return JSON.stringify(encryptedEnvelop);
}

const handled = await messaging.handleMessageOnDeliveryService(
  JSON.parse(await create()),
  service,
  profileOf(bob),
);
const arrived = JSON.stringify(handled.encryptedEnvelop);

// What a client of the reference does with what it picks up: it opens the message and the postmark and
// checks the message's signature.
async function open() {
  const envelop = JSON.parse(arrived);
  const { message, postmark } = await messaging.decryptEnvelop(envelop, bob.encryptionKeyPair);
  const valid = await messaging.checkMessageSignature(
    message,
    alice.signingKeyPair.publicKey,
    'alice.eth',
  );
  if (!valid || message.message !== content) throw Error('not opened');
  return { envelop, postmark };
}

// The postmark's signature, which ours checks and the reference's client leaves alone: put together
// from the libraries' own functions, so that both sides do the same work.
async function openBoth() {
  const { envelop, postmark } = await open();
  const { signature, ...signed } = postmark;
  const hash = ethers.utils.hashMessage(shared.stringify(envelop.message));
  const valid = await crypto.checkSignature(
    service.signingKeyPair.publicKey,
    shared.sha256(shared.stringify(signed)),
    signature,
  );
  if (!valid || postmark.messageHash !== hash) throw Error('not postmarked');
}

async function round(work, length) {
  let count = 0;
  const begun = performance.now();
  while (performance.now() - begun < length * 1000) {
    await work();
    count += 1;
  }
  return count / ((performance.now() - begun) / 1000);
}

async function rate(work) {
  await round(work, seconds / 4); // lets the compiler warm up
  const rounds = [];
  for (let done = 0; done < ROUNDS; done += 1) rounds.push(await round(work, seconds / ROUNDS));
  return rounds.sort((one, other) => one - other)[(ROUNDS - 1) / 2];
}

const rates = {
  create: await rate(create),
  open: await rate(open),
  open_both: await rate(openBoth),
};
process.stdout.write(JSON.stringify(rates));
