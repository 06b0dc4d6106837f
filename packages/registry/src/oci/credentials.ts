import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

/** Who asks an OCI registry. */
export interface OciCredentials {
  readonly username: string;
  readonly password: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Who asks: as BENTO_OCI_USERNAME and BENTO_OCI_PASSWORD say, else as `docker login` left it in its own file. Credentials
 * that docker keeps in a program of the system are not read.
 * @returns `undefined` for nobody in particular
 */
export async function credentialsFor(origin: string, env: Environment): Promise<OciCredentials | undefined> {
  const username = env["BENTO_OCI_USERNAME"] ?? "";
  if (username !== "") return { username, password: env["BENTO_OCI_PASSWORD"] ?? "" };
  const folder = env["DOCKER_CONFIG"] ?? "";
  const file = join(folder === "" ? join(env["HOME"] ?? homedir(), ".docker") : folder, "config.json");
  const text = await readFile(file, "utf8").catch(() => undefined);
  return text === undefined ? undefined : credentialsIn(text, new URL(origin).host);
}

function credentialsIn(text: string, host: string): OciCredentials | undefined {
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch {
    return undefined;
  }
  const auths = (config as { readonly auths?: Readonly<Record<string, { readonly auth?: unknown } | undefined>> } | null)?.auths ?? {};
  const entry = Object.entries(auths).find(([place]) => place.replace(/^https?:\/\//, "").replace(/\/.*$/, "") === host);
  const auth = entry?.[1]?.auth;
  if (typeof auth !== "string") return undefined;
  const [username = "", ...rest] = Buffer.from(auth, "base64").toString("utf8").split(":");
  return username === "" ? undefined : { username, password: rest.join(":") };
}
