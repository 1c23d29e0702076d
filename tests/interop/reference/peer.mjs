// A small companion process around the published dm3 reference libraries.
//
// Protocol: one JSON object per line on stdin, one per line on stdout, in the same order.
//   {"id", "op", "args"}  ->  {"id", "ok": true, "result"}  or  {"id", "ok": false, "error"}
//
// The libraries are loaded from the node_modules folder named by DM3_REFERENCE_NODE_MODULES, ethers 6
// (which they do not use) from the one named by DM3_ETHERS6_NODE_MODULES when it is first asked.
// None of their code is part of this repository.

import { createRequire } from 'node:module';
import { createHash } from 'node:crypto';
import { Console } from 'node:console';
import path from 'node:path';
import { nameOperations } from './names.mjs';

// stdout is the protocol; the libraries log to the console freely.
globalThis.console = new Console(process.stderr, process.stderr);

const modules = process.env.DM3_REFERENCE_NODE_MODULES;
if (!modules) {
  process.stderr.write('DM3_REFERENCE_NODE_MODULES is not set\n');
  process.exit(2);
}
const load = createRequire(path.join(path.resolve(modules), 'peer.cjs'));
// Some functions are not exported by the packages' index; an absolute path reaches them and gives
// the very same module instance.
const inside = (file) => load(path.join(path.resolve(modules), '@dm3-org', file));

const { ethers } = load('ethers');
const crypto = load('@dm3-org/dm3-lib-crypto');
const shared = load('@dm3-org/dm3-lib-shared');
const profile = load('@dm3-org/dm3-lib-profile');
const messaging = load('@dm3-org/dm3-lib-messaging');
const { checkProfileHash } = inside('dm3-lib-profile/dist/Profile.js');
const { decryptDeliveryInformation } = inside('dm3-lib-messaging/dist/Message.js');
const { validateMessage } = inside('dm3-lib-messaging/dist/Validation.js');
const { initializeLibSodiumWrapper } = inside(
  'dm3-lib-crypto/dist/libsodium/initializeLibSodiumWrapper.js',
);
const loadEthers6 = () => {
  const folder = process.env.DM3_ETHERS6_NODE_MODULES;
  if (!folder) throw Error('DM3_ETHERS6_NODE_MODULES is not set');
  return createRequire(path.join(path.resolve(folder), 'peer.cjs'))('ethers');
};
const sodium = await initializeLibSodiumWrapper();

// ---- reproducible runs: give the libraries their clock and randomness ---------------------------

const RealDate = globalThis.Date;
const realKeypair = sodium.crypto_kx_keypair;
const realRandom = sodium.randombytes_buf;

function setClock(milliseconds) {
  globalThis.Date =
    milliseconds === null
      ? RealDate
      : class extends RealDate {
         constructor(...given) {
           super(...(given.length ? given : [milliseconds]));
         }
         static now() {
           return milliseconds;
         }
       };
}

// `next(n)` returns n bytes; null goes back to real randomness.
function setRandomness(next) {
  sodium.randombytes_buf = next ?? realRandom;
  sodium.crypto_kx_keypair = next
    ? () => sodium.crypto_kx_seed_keypair(next(32))
    : realKeypair;
}

function streamFrom(label) {
  let counter = 0;
  return (length) =>
    new Uint8Array(
      createHash('sha256').update(`${label}:${counter++}`).digest().subarray(0, length),
    );
}

let randomness = null;

function setEntropy(label) {
  randomness = label === null ? null : streamFrom(label);
  setRandomness(randomness);
}

// Runs the published encryptAsymmetric with a known ephemeral key and nonce, if both are given.
async function seal({ publicKey, text, padding, ephemeralSeed, nonce }) {
  if (ephemeralSeed === undefined) {
    return crypto.encryptAsymmetric(publicKey, text, padding);
  }
  const given = {
    32: ethers.utils.base64.decode(ephemeralSeed),
    12: ethers.utils.arrayify(nonce),
  };
  setRandomness((length) => given[length]);
  try {
    return await crypto.encryptAsymmetric(publicKey, text, padding);
  } finally {
    setRandomness(randomness);
  }
}

// ---- values JSON cannot carry -------------------------------------------------------------------

function symbolicValue(js) {
  if (js.startsWith('bigint:')) return BigInt(js.slice('bigint:'.length));
  const known = { NaN, Infinity, '-Infinity': -Infinity, '-0': -0, undefined };
  if (!(js in known)) throw Error(`unknown symbolic value ${js}`);
  return known[js];
}

function placed(value, position) {
  if (position === 'top') return value;
  if (position === 'member') return { a: 1, x: value, z: 2 };
  if (position === 'item') return [1, value, 2];
  throw Error(`unknown position ${position}`);
}

// ---- operations ---------------------------------------------------------------------------------

const resolver = profile.JsonResolver(profile.validateSignedUserProfile);
const fits = (schema, value) => shared.validateSchema(schema, value) === true;

const operations = {
  versions: () => ({
    node: process.versions.node,
    packages: Object.fromEntries(
      ['crypto', 'profile', 'messaging', 'shared'].map((name) => [
        `@dm3-org/dm3-lib-${name}`,
        inside(`dm3-lib-${name}/package.json`).version,
      ]),
    ),
  }),
  setClock: ({ milliseconds }) => setClock(milliseconds),
  setEntropy: ({ label }) => setEntropy(label),

  stringify: ({ json }) => shared.stringify(JSON.parse(json)),
  stringifyValue: ({ js, position }) => shared.stringify(placed(symbolicValue(js), position)),
  sha256: ({ text }) => shared.sha256(text),

  keyCreationMessage: ({ nonce, address }) =>
    crypto.getStorageKeyCreationMessage(nonce, address),
  storageKeyFromSignature: ({ signature }) => crypto.createStorageKey(signature),
  keyPairFromSeed: ({ seed }) => crypto.createKeyPair(seed),
  signingKeyPairFromSeed: ({ seed }) => crypto.createSigningKeyPair(seed),
  senderSessionKeys: ({ keyPair, publicKey }) =>
    crypto.createSenderSessionKey(keyPair, publicKey),
  receiverSessionKeys: ({ keyPair, publicKey }) =>
    crypto.createReceiverSessionKey(keyPair, publicKey),
  sign: ({ privateKey, text }) => crypto.sign(privateKey, text),
  checkSignature: ({ publicKey, text, signature }) =>
    crypto.checkSignature(publicKey, text, signature),
  encryptAsymmetric: seal,
  decryptAsymmetric: ({ keyPair, payload, padding }) =>
    crypto.decryptAsymmetric(keyPair, payload, padding),

  walletAddress: ({ privateKey }) => new ethers.Wallet(privateKey).address,
  walletSign: ({ privateKey, text }) => new ethers.Wallet(privateKey).signMessage(text),
  recoverMessage: ({ text, signature }) => ethers.utils.verifyMessage(text, signature),
  hashMessage: ({ text }) => ethers.utils.hashMessage(text),
  normalize: ({ name }) => profile.normalizeEnsName(name),

  profileCreationMessage: ({ profile: unsigned, address }) =>
    profile.getProfileCreationMessage(shared.stringify(unsigned), address),
  createProfile: async ({ privateKey, deliveryServices, nonce, storageKey }) => {
    const wallet = new ethers.Wallet(privateKey);
    return profile.createProfile(wallet.address, deliveryServices, null, {
      nonce,
      storageKey,
      signer: (text) => wallet.signMessage(text),
    });
  },
  checkUserProfileWithAddress: ({ signedProfile, address }) =>
    profile.checkUserProfileWithAddress(signedProfile, address),
  profileHash: ({ signedProfile }) => shared.sha256(shared.stringify(signedProfile)),
  checkProfileHash: ({ signedProfile, uri }) => checkProfileHash(signedProfile, uri),
  validateSignedProfile: ({ signedProfile }) =>
    profile.validateSignedUserProfile(signedProfile),
  createJsonDataUri: ({ data }) => shared.createJsonDataUri(data),
  isJsonProfile: ({ textRecord }) => resolver.isProfile(textRecord),
  resolveJsonProfile: ({ textRecord }) => resolver.resolveProfile(textRecord),

  createMessage: ({ to, from, message, privateKey, attachments }) =>
    messaging.createMessage(to, from, message, privateKey, attachments),
  createEditMessage: ({ to, from, message, privateKey, reference, attachments }) =>
    messaging.createEditMessage(to, from, message, privateKey, reference, attachments),
  createReplyMessage: ({ to, from, message, privateKey, reference, attachments }) =>
    messaging.createReplyMessage(to, from, message, privateKey, reference, attachments),
  createReactionMessage: ({ to, from, message, privateKey, reference }) =>
    messaging.createReactionMessage(to, from, message, privateKey, reference),
  createDeleteRequestMessage: ({ to, from, privateKey, reference }) =>
    messaging.createDeleteRequestMessage(to, from, privateKey, reference),
  createReadOpenMessage: ({ to, from, message, privateKey, reference }) =>
    messaging.createReadOpenMessage(to, from, message, privateKey, reference),
  createReadReceiveMessage: ({ to, from, message, privateKey, reference }) =>
    messaging.createReadReceiveMessage(to, from, message, privateKey, reference),
  checkMessageSignature: ({ message, publicSigningKey, ensName }) =>
    messaging.checkMessageSignature(message, publicSigningKey, ensName),
  validateMessage: ({ message }) => validateMessage({ message }),
  messageFitsSchema: ({ message }) => fits(messaging.schema.MessageSchema, message),

  buildEnvelop: ({ message, to, from, deliveryServiceProfile, keys }) =>
    messaging.buildEnvelop(message, crypto.encryptAsymmetric, {
      to,
      from,
      deliverServiceProfile: deliveryServiceProfile,
      keys,
    }),
  envelopFitsSchema: ({ envelop }) => fits(messaging.schema.EncryptionEnvelopeSchema, envelop),
  envelopSize: ({ envelop }) => messaging.getEnvelopSize(envelop),
  decryptEnvelop: ({ envelop, keyPair }) => messaging.decryptEnvelop(envelop, keyPair),
  decryptDeliveryInformation: ({ envelop, keyPair }) =>
    decryptDeliveryInformation(envelop, keyPair),
  handleMessageOnDeliveryService: ({ envelop, deliveryServiceKeys, receiverProfile }) =>
    messaging.handleMessageOnDeliveryService(envelop, deliveryServiceKeys, receiverProfile),
  createJsonRpcCallSubmitMessage: ({ envelop, token }) =>
    messaging.createJsonRpcCallSubmitMessage(envelop, token),

  ...nameOperations({ ethers, profile, messaging, loadEthers6 }),
};

// ---- line loop ----------------------------------------------------------------------------------

async function answer(line) {
  let id = null;
  try {
    const request = JSON.parse(line);
    id = request.id ?? null;
    if (!Object.hasOwn(operations, request.op)) throw Error(`unknown op ${request.op}`);
    const result = await operations[request.op](request.args ?? {});
    return { id, ok: true, result: result ?? null };
  } catch (error) {
    return { id, ok: false, error: String(error?.message ?? error) };
  }
}

// Split by hand: node's readline also breaks lines at U+2028, which JSON may carry unescaped.
let buffered = '';
process.stdin.setEncoding('utf8');
for await (const chunk of process.stdin) {
  buffered += chunk;
  let end;
  while ((end = buffered.indexOf('\n')) !== -1) {
    const line = buffered.slice(0, end);
    buffered = buffered.slice(end + 1);
    if (line.trim() !== '') {
      process.stdout.write(JSON.stringify(await answer(line)) + '\n');
    }
  }
}
