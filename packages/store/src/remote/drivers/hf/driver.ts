import { BentoError } from "@bento/core";
import type { Remote, RemoteDriver } from "../../remote.js";
import { TokenAuthorization } from "../http/authorization.js";
import { publicPlaces } from "../http/strangers.js";
import { WebClient } from "../http/web-client.js";
import { checkParameters } from "../shared/parameters.js";
import { HfRemote } from "./hf-remote.js";
import { hubEndpoint, hubToken, isSet } from "./hub-settings.js";

/** `hf://owner/name@revision/path`: the Hugging Face hub, to be read. The option `password` is a token. */
export const driver: RemoteDriver = {
  async open(location): Promise<Remote> {
    const { host, password, isUntrusted, secrets } = location;
    checkParameters(location);
    if (host === "")
      throw new BentoError("BENTO_BAD_REQUEST", "The hf:// location names no repository.", { hint: "Write hf://owner/name/path." });
    if (isSet(process.env["HF_HUB_OFFLINE"])) {
      throw new BentoError("BENTO_CONFIG_INVALID", "HF_HUB_OFFLINE says that the hub is not to be asked.", {
        hint: "Remove it to read from hf://.",
      });
    }
    const endpoint = hubEndpoint(process.env);
    const token = password ?? (isUntrusted ? undefined : await hubToken(process.env));
    secrets.add(token);
    const client = new WebClient({
      origin: endpoint.origin,
      authorization: token === undefined ? undefined : new TokenAuthorization(token),
      strangers: isUntrusted ? publicPlaces : undefined,
    });
    return new HfRemote(host, { client, endpoint, hasToken: token !== undefined }, secrets);
  },
};
