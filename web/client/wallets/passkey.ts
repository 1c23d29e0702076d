/** A passkey of this origin, whose PRF gives 32 bytes that nobody else can have (WebAuthn; specification 5.9). */

import { toBase64 } from "../../protocol/base/index.ts";
import { Entropy, type RandomBytes } from "../../protocol/crypto/index.ts";
import { passkeySalt } from "../../protocol/crypto/passkey.ts";
import { WalletRefused } from "./signer.ts";

/** The browser, the device or its user has given no passkey. */
export class NoPasskey extends WalletRefused {
  override readonly code = "no-passkey";
}

/** What a passkey has given, and what to find it by. */
export interface PasskeyOutput {
  readonly output: Entropy;
  readonly credentialId: string;
  readonly rpId: string;
  readonly salt: string;
}

interface Prf {
  readonly prf?: { readonly results?: { readonly first?: ArrayBuffer } };
}

/** Makes a passkey for an application and asks it; to be called by a click. Throws `NoPasskey`. */
export async function newPasskey(app: string, title: string, random: RandomBytes): Promise<PasskeyOutput> {
  const made = await asked(() =>
    navigator.credentials.create({
      publicKey: {
        rp: { id: location.hostname, name: title },
        user: { id: random(16).slice(), name: app, displayName: title },
        challenge: random(32).slice(),
        pubKeyCredParams: [-7, -257].map((alg) => ({ type: "public-key" as const, alg })),
        authenticatorSelection: { residentKey: "required", userVerification: "required" },
        extensions: { prf: {} } as AuthenticationExtensionsClientInputs,
      },
    }),
  );
  // Asked as on every other device: what an authenticator gives while making one may be another value.
  return existingPasskey(app, random, made.rawId);
}

/** Asks a passkey that was made for the application, on this device or another. Throws `NoPasskey`. */
export async function existingPasskey(app: string, random: RandomBytes, id?: ArrayBuffer): Promise<PasskeyOutput> {
  const found = await asked(() =>
    navigator.credentials.get({
      publicKey: {
        rpId: location.hostname,
        challenge: random(32).slice(),
        userVerification: "required",
        allowCredentials: id === undefined ? [] : [{ type: "public-key", id }],
        extensions: { prf: { eval: { first: passkeySalt(app).slice() } } } as AuthenticationExtensionsClientInputs,
      },
    }),
  );
  const output = outputOf(found, app);
  if (output === undefined) throw new NoPasskey("this passkey cannot make keys (it has no PRF)");
  return output;
}

async function asked(ask: () => Promise<Credential | null>): Promise<PublicKeyCredential> {
  try {
    const given = await ask();
    if (given instanceof PublicKeyCredential) return given;
  } catch (error) {
    throw new NoPasskey(String((error as Error)?.message ?? error).slice(0, 300));
  }
  throw new NoPasskey("there is no passkey");
}

function outputOf(credential: PublicKeyCredential, app: string): PasskeyOutput | undefined {
  const first = (credential.getClientExtensionResults() as Prf).prf?.results?.first;
  if (first === undefined) return undefined;
  const credentialId = toBase64(new Uint8Array(credential.rawId));
  return { output: new Entropy(new Uint8Array(first)), credentialId, rpId: location.hostname, salt: toBase64(passkeySalt(app)) };
}
