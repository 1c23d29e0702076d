/** Profiles of people and of delivery services as JSON (specification 2.2, 2.5). */

import { canonicalJson, fromBase64, type Json, MalformedData, Members, normalize, readJson, sha256Hex, toBase64 } from "../base/index.ts";
import { checksumAddress, isSigningKey, recoverPersonal } from "../crypto/index.ts";

const MAX_PROFILE_CHARS = 64 * 1024;
const MAX_DELIVERY_SERVICES = 16;
const HTTP_URL = /^https?:\/\/[^\s"'<>\\]{1,2000}$/;

/** Public keys and the ENS names of the delivery services, first choice first. */
export interface Profile {
  readonly signingKey: Uint8Array;
  readonly encryptionKey: Uint8Array;
  readonly deliveryServices: readonly string[];
}

/** A profile with its owner's signature; the texts are the canonical JSON of what was received. */
export interface SignedProfile {
  readonly profile: Profile;
  readonly signature: string;
  readonly profileText: string;
  readonly text: string;
  /** `dm3Hash`: the hash of `text`. */
  readonly hash: string;
}

/** Public keys and base URL of a delivery service. */
export interface DeliveryServiceProfile {
  readonly signingKey: Uint8Array;
  readonly encryptionKey: Uint8Array;
  readonly url: string;
}

/** What a profile says of itself beyond its keys. */
export interface ProfileExtension {
  readonly encryptionSchemes: readonly string[];
  readonly supportedTypes: readonly string[] | undefined;
  readonly unsupportedTypes: readonly string[];
  /** False where the service says that the profile never stated anything itself (specification 2.5). */
  readonly stated: boolean;
}

export function profileJson(profile: Profile): Record<string, Json> {
  return {
    publicEncryptionKey: toBase64(profile.encryptionKey),
    publicSigningKey: toBase64(profile.signingKey),
    deliveryServices: [...profile.deliveryServices],
  };
}

/** The text that the owner of `address` signs to publish a profile (specification 2.2). */
export function profileMessage(profileText: string, address: string): string {
  return (
    "dm3.chat wants you register your dm3 profile with your Ethereum account:\n" +
    `${checksumAddress(address)}\n\n` +
    "This is required only once!\n" +
    "(There is no paid transaction initiated. The signature is used off-chain only.)\n\n" +
    "URI: https://dm3.chat\n" +
    "Version: 1\n" +
    `dm3 Profile: ${profileText}`
  );
}

/** Joins a profile with its owner's signature (0x-hex). */
export function withSignature(profile: Profile, signature: string): SignedProfile {
  return signedProfileFrom({ profile: profileJson(profile), signature });
}

/** Reads a signed profile from a JSON value; verifies no signature. */
export function signedProfileFrom(value: Json): SignedProfile {
  const signed = new Members(value, "the signed profile");
  const members = signed.object("profile");
  const text = canonicalJson(value);
  if (text.length > MAX_PROFILE_CHARS) {
    throw new MalformedData(`the signed profile has more than ${MAX_PROFILE_CHARS} characters`);
  }
  const services = members.texts("deliveryServices", MAX_DELIVERY_SERVICES, 255);
  return {
    profile: {
      signingKey: signingKey(members),
      encryptionKey: fromBase64(members.text("publicEncryptionKey"), "publicEncryptionKey", 32),
      deliveryServices: services.map(normalize),
    },
    signature: signed.text("signature", 20_000),
    profileText: canonicalJson(members.raw),
    text,
    hash: sha256Hex(text),
  };
}

function signingKey(members: Members): Uint8Array {
  const key = fromBase64(members.text("publicSigningKey"), "publicSigningKey");
  if (!isSigningKey(key)) throw new MalformedData("publicSigningKey is no key");
  return key;
}

/** Reads a signed profile from JSON text; verifies no signature. */
export function readSignedProfile(text: string): SignedProfile {
  return signedProfileFrom(readJson(text, "the signed profile", MAX_PROFILE_CHARS));
}

/** Whether the key account `address` has signed the profile. */
export function profileIsSignedBy(signed: SignedProfile, address: string): boolean {
  return recoverPersonal(profileMessage(signed.profileText, address), signed.signature) === checksumAddress(address);
}

/** Reads a delivery service's profile. */
export function readDeliveryService(text: string): DeliveryServiceProfile {
  const what = "the delivery-service profile";
  const members = new Members(readJson(text, what, MAX_PROFILE_CHARS), what);
  const url = members.text("url", 2000);
  if (!HTTP_URL.test(url)) throw new MalformedData(`${what}: url is not an http or https URL`);
  return {
    signingKey: signingKey(members),
    encryptionKey: fromBase64(members.text("publicEncryptionKey"), "publicEncryptionKey", 32),
    url: url.replace(/\/+$/, ""),
  };
}

/** Reads the result of `dm3_getProfileExtension` in either spelling. */
export function extensionFrom(value: Json): ProfileExtension {
  const members = new Members(value, "the profile extension");
  const listed = (...keys: string[]): string[] | undefined => {
    const key = keys.find((candidate) => members.optionalItems(candidate) !== undefined);
    return key === undefined ? undefined : members.texts(key, 100, 100);
  };
  return {
    encryptionSchemes: listed("encryptionScheme", "encryptionAlgorithm") ?? [],
    supportedTypes: listed("supportedMessageTypes"),
    // The reference's default says so of NEW for everybody, who read such messages all the same.
    unsupportedTypes: listed("notSupportedMessageTypes")?.filter((type) => type !== "NEW") ?? [],
    stated: members.optionalBoolean("stated") ?? true,
  };
}

/** Whether a message type is supported; undefined when nothing is known. */
export function supports(extension: ProfileExtension, type: string): boolean | undefined {
  if (extension.unsupportedTypes.includes(type)) return false;
  if (extension.supportedTypes === undefined || !extension.stated) return undefined;
  return extension.supportedTypes.includes(type);
}
