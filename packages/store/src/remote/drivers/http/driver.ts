import { hostOf } from "../../../network/public-place.js";
import type { Remote, RemoteDriver, RemoteLocation } from "../../remote.js";
import { netrcLogin } from "../shared/netrc.js";
import { type Authorization, PasswordAuthorization } from "./authorization.js";
import { HttpRemote } from "./http-remote.js";
import { publicPlaces } from "./strangers.js";
import { WebClient } from "./web-client.js";
import { serverUrl } from "./web-url.js";

/** Shorter values of a query say nothing to hide, and hiding them would blank out half of a message. */
const minSecretLength = 8;

/** `http://` and `https://`: files of a web server, or at a signed URL. */
export const driver: RemoteDriver = {
  async open(location): Promise<Remote> {
    const base = serverUrl(location, location.protocol === "https", queryOf(location));
    location.secrets.add(location.query);
    // Signatures and tokens stand there, and servers repeat them as they were sent.
    const written = base.search.split(/[?&]/).map((part) => part.slice(part.indexOf("=") + 1));
    for (const value of [...base.searchParams.values(), ...written]) if (value.length >= minSecretLength) location.secrets.add(value);
    return new HttpRemote(await clientOf(location, base), base, location.secrets);
  },
};

/**
 * What asks a server, with the user and password of its location, else those that the netrc file has for the host.
 * @param ca certificates of authorities, in place of those that Node knows
 */
export async function clientOf(location: RemoteLocation, base: URL, ca?: string): Promise<WebClient> {
  return new WebClient({
    origin: base.origin,
    ca,
    authorization: await authorizationOf(location, base),
    strangers: location.isUntrusted ? publicPlaces : undefined,
  });
}

async function authorizationOf({ user, password, isUntrusted, secrets }: RemoteLocation, base: URL): Promise<Authorization | undefined> {
  const isKnown = password !== undefined || isUntrusted;
  const saved = isKnown ? undefined : await netrcLogin(hostOf(base), { user });
  const login = { user: user ?? saved?.user ?? "", password: password ?? saved?.password ?? "" };
  if (login.user === "" && login.password === "") return undefined;
  secrets.add(login.password);
  // The header of basic authentication, should anybody repeat it.
  secrets.add(`${login.user}:${login.password}`);
  return new PasswordAuthorization(login, base.protocol === "https:");
}

/** The query as the URL has it, which signatures depend on, and what the option `params` adds. */
function queryOf({ query, params }: RemoteLocation): string {
  const given = new URLSearchParams(query);
  const more = new URLSearchParams(Object.entries(params).filter(([name]) => !given.has(name)));
  return [query, more.toString()].filter((text) => text !== "").join("&");
}
