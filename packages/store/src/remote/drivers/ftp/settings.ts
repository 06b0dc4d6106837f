import { BentoError } from "@bento/core";
import type { RemoteLocation } from "../../remote.js";
import { certificatesIn } from "../shared/certificates.js";
import { netrcLogin } from "../shared/netrc.js";
import { checkParameters } from "../shared/parameters.js";

/** What it takes to reach a server and to log in there. */
export interface FtpSettings {
  readonly host: string;
  readonly port: number;
  /** `explicit`: begun by `AUTH TLS` on the usual port; `implicit`: from the first byte. */
  readonly tls: "none" | "explicit" | "implicit";
  /** Certificates that are trusted instead of the usual ones, in PEM. */
  readonly ca: string | undefined;
  readonly user: string;
  readonly password: string;
}

const implicitPort = 990;

/**
 * What a location says, and netrc where it does not say who: `ftp://` and `ftps://`, with `tls` (`explicit` or `implicit`)
 * and `ca` (a file of certificates) for the latter.
 * @throws BENTO_BAD_REQUEST for what cannot be
 */
export async function settingsOf(location: RemoteLocation, env: NodeJS.ProcessEnv = process.env): Promise<FtpSettings> {
  const { protocol, host, params } = location;
  if (host === "") throw badLocation(`The ${protocol}:// location names no host.`, `Write ${protocol}://host/path.`);
  const isTls = protocol === "ftps";
  checkParameters(location, isTls ? ["tls", "ca"] : []);
  const tls = isTls ? tlsOf(location) : "none";
  const port = location.port ?? (tls === "implicit" ? implicitPort : 21);
  return { host, port, tls, ca: await certificatesIn(params["ca"]), ...(await loginOf(location, env)) };
}

function tlsOf({ port, params }: RemoteLocation): "explicit" | "implicit" {
  const said = params["tls"] ?? (port === implicitPort ? "implicit" : "explicit");
  if (said === "explicit" || said === "implicit") return said;
  throw badLocation(`The parameter "tls" is ${JSON.stringify(said)}.`, "Use explicit or implicit.");
}

async function loginOf(
  { host, user, password, secrets }: RemoteLocation,
  env: NodeJS.ProcessEnv,
): Promise<{ user: string; password: string }> {
  const found = password === undefined ? await netrcLogin(host, { user, env }) : undefined;
  secrets.add(found?.password);
  const name = user ?? found?.user;
  const login = { user: name ?? "anonymous", password: password ?? found?.password ?? (name === undefined ? "anonymous@" : "") };
  // oxlint-disable-next-line no-control-regex -- a line break would be the end of a command
  if (/[\0-\x1f\x7f]/.test(login.user + login.password)) throw badLocation("The user or password holds a control character.");
  return login;
}

function badLocation(message: string, hint?: string): BentoError {
  return new BentoError("BENTO_BAD_REQUEST", message, { hint });
}
