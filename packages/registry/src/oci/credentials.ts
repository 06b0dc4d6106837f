import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Environment } from "../contexts/connection.js";
import { askHelper } from "./credential-helper.js";

/** Who asks an OCI registry. */
export interface OciCredentials {
  readonly username: string;
  readonly password: string;
}

/** What a login left: a name and a password, or a token that only other tokens are given for. */
export type OciLogin = OciCredentials | { readonly identityToken: string };

/** As much of docker's `config.json` as is read; nobody has checked what stands in it. */
interface DockerConfig {
  readonly auths?: Readonly<Record<string, DockerAuth | undefined>> | undefined;
  readonly credHelpers?: Readonly<Record<string, unknown>> | undefined;
  readonly credsStore?: unknown;
}

interface DockerAuth {
  readonly auth?: unknown;
  readonly username?: unknown;
  readonly password?: unknown;
  readonly identitytoken?: unknown;
}

/**
 * Who asks: as BENTO_OCI_USERNAME and BENTO_OCI_PASSWORD say, else as `docker login` left it: in its own file, or with the program that
 * the file names for the registry, or for all.
 * @returns `undefined` for nobody in particular
 * @throws BENTO_CONFIG_INVALID where the program fails; the signal's reason
 */
export async function credentialsFor(origin: string, env: Environment, signal?: AbortSignal): Promise<OciLogin | undefined> {
  const username = env["BENTO_OCI_USERNAME"] ?? "";
  if (username !== "") return { username, password: env["BENTO_OCI_PASSWORD"] ?? "" };
  const config = await dockerConfig(env);
  const { host } = new URL(origin);
  const server = serverOf(host);
  // Some keys of the file are hosts, some are URLs.
  const isPlace = ([place]: readonly [string, unknown]): boolean => [host, hostIn(server)].includes(hostIn(place));
  const helper = Object.entries(config.credHelpers ?? {}).find(isPlace)?.[1] ?? config.credsStore;
  // As in docker: where a program keeps what is secret, what stands in the file is not looked at.
  if (typeof helper === "string" && helper !== "") return await askHelper(helper, server, { env, signal });
  return loginIn(Object.entries(config.auths ?? {}).find(isPlace)?.[1]);
}

async function dockerConfig(env: Environment): Promise<DockerConfig> {
  const folder = env["DOCKER_CONFIG"] ?? "";
  const file = join(folder === "" ? join(env["HOME"] ?? homedir(), ".docker") : folder, "config.json");
  const text = await readFile(file, "utf8").catch(() => "{}");
  try {
    return (JSON.parse(text) as DockerConfig | null) ?? {};
  } catch {
    return {};
  }
}

/** Docker's own registry goes by its first address, whichever of its hosts is asked. */
function serverOf(host: string): string {
  return /^(?:(?:index|registry-1)\.)?docker\.io$/.test(host) ? "https://index.docker.io/v1/" : host;
}

function hostIn(place: string): string {
  return place.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
}

function loginIn(entry: DockerAuth | undefined): OciLogin | undefined {
  if (typeof entry?.identitytoken === "string" && entry.identitytoken !== "") return { identityToken: entry.identitytoken };
  if (typeof entry?.auth === "string" && entry.auth !== "") {
    const [username = "", ...rest] = Buffer.from(entry.auth, "base64").toString("utf8").split(":");
    return username === "" ? undefined : { username, password: rest.join(":") };
  }
  const { username, password } = entry ?? {};
  return typeof username === "string" && username !== "" && typeof password === "string" ? { username, password } : undefined;
}
