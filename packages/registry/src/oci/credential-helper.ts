import { execFile } from "node:child_process";
import { BentoError } from "@bento/core";
import type { Environment } from "../contexts/connection.js";
import type { OciLogin } from "./credentials.js";

/** How a helper is asked. */
export interface HelperOptions {
  readonly env: Environment;
  readonly signal?: AbortSignal | undefined;
  /** Somebody may have to unlock a keychain first. A minute. */
  readonly timeoutMs?: number | undefined;
}

/** What docker says, and its helpers say on standard output, where they know nothing of a server. */
const notFound = /credentials not found/i;
const maxAnswerBytes = 64 * 1024;

/**
 * Asks the program that keeps docker's credentials, `docker-credential-<name>`, who is logged in to a server.
 * @returns `undefined` where it knows nobody
 * @throws BENTO_CONFIG_INVALID where it cannot be asked; the signal's reason
 */
export async function askHelper(
  name: string,
  server: string,
  { env, signal, timeoutMs = 60_000 }: HelperOptions,
): Promise<OciLogin | undefined> {
  // It is looked for on the PATH: a name that is a path, or has spaces, is nobody's helper.
  if (!/^[a-z0-9-]+$/.test(name)) throw failed(name.slice(0, 100), "is not called as such programs are", undefined);
  const { error, stdout, stderr } = await run(`docker-credential-${name}`, server, { env, signal, timeoutMs });
  signal?.throwIfAborted();
  if (error === null) return loginIn(name, stdout);
  if (notFound.test(stdout) || notFound.test(stderr)) return undefined;
  if (error.killed === true) throw failed(name, `gave no answer within ${timeoutMs} ms`, error);
  if (error.code === "ENOENT") throw failed(name, "is not on the PATH", error);
  const said = (stdout.trim() === "" ? stderr : stdout).trim().slice(0, 200);
  throw failed(name, `fails${said === "" ? "" : `: ${JSON.stringify(said)}`}`, error);
}

interface Ended {
  readonly error: { readonly killed?: boolean | undefined; readonly code?: unknown } | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(program: string, server: string, { env, signal, timeoutMs }: HelperOptions): Promise<Ended> {
  return new Promise((resolve) => {
    const options = {
      env: { ...env },
      timeout: timeoutMs,
      killSignal: "SIGKILL",
      maxBuffer: maxAnswerBytes,
      windowsHide: true,
      signal,
    } as const;
    const child = execFile(program, ["get"], options, (error, stdout, stderr) => resolve({ error, stdout, stderr }));
    // Whoever ends without reading says why in another way.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(server);
  });
}

/** What it says is secret, so none of it stands in a message. */
function loginIn(name: string, stdout: string): OciLogin | undefined {
  let answer: { readonly Username?: unknown; readonly Secret?: unknown } | null;
  try {
    answer = JSON.parse(stdout) as typeof answer;
  } catch {
    throw failed(name, "gives an answer that is no JSON", undefined);
  }
  const { Username: username, Secret: secret } = answer ?? {};
  if (typeof username !== "string" || typeof secret !== "string") throw failed(name, "names no user, or no secret", undefined);
  if (username === "<token>") return { identityToken: secret };
  return username === "" ? undefined : { username, password: secret };
}

function failed(name: string, why: string, cause: unknown): BentoError {
  const program = JSON.stringify(`docker-credential-${name}`);
  return new BentoError("BENTO_CONFIG_INVALID", `The program ${program}, which docker's config.json names for credentials, ${why}.`, {
    hint: "Install it, correct `credHelpers` or `credsStore` of the file, or set BENTO_OCI_USERNAME and BENTO_OCI_PASSWORD.",
    ...(cause === undefined ? {} : { cause }),
  });
}
