/** Claims at the application's resolver, through the gateway (specification 2.5, 3.1). Every claim is safe to repeat. */

import { canonicalJson, Members, normalize, readJson } from "../../protocol/base/index.ts";
import type { SignedProfile } from "../../protocol/wire/index.ts";
import { NotFound, read, Refused, type Service } from "./answers.ts";
import { part } from "./delivery.ts";

export class Resolver {
  constructor(readonly service: Service) {}

  /** Registers the profile under the address name below `app`; gives the name. */
  async claimAddress(signed: SignedProfile, address: string, app: string): Promise<string> {
    const body = {
      signedUserProfile: readJson(signed.text, "the signed profile"),
      address,
      subdomain: `addr.${normalize(app)}`,
    };
    return this.named("POST", "profile/address", body);
  }

  /** The delivery services that the application uses; none where its resolver does not tell. */
  async deliveryServices(app: string): Promise<string[]> {
    try {
      const answer = await this.service.ask(`domains/${part(normalize(app))}`);
      return read("the resolver's answer", () =>
        new Members(answer ?? null, "it").texts("deliveryServices").map(normalize),
      );
    } catch (error) {
      if (error instanceof NotFound || error instanceof Refused) return [];
      throw error;
    }
  }

  /** Asks for something that is answered with the name that it is about. */
  async named(method: "POST" | "PUT", path: string, body: unknown): Promise<string> {
    const answer = await this.service.ask(path, { method, body: canonicalJson(body) });
    return read("the resolver's answer", () => normalize(new Members(answer ?? null, "it").text("name", 255)));
  }
}
