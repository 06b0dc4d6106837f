import { readFile } from "node:fs/promises";
import { BentoError } from "@bento/core";
import { type RegistryLogger, type RegistryServer, serveRegistry } from "@bento/registry-server";
import type { GlobalOptions } from "../command/global-options.js";
import { visible } from "../output/visible.js";
import type { Terminal } from "../terminal/terminal.js";
import { registryFolder } from "./registry-folder.js";

interface ServeRegistryRequest extends GlobalOptions {
  readonly port?: number | undefined;
  readonly host?: string | undefined;
  readonly data?: string | undefined;
  readonly database?: string | undefined;
  readonly bucket?: string | undefined;
  readonly s3Endpoint?: string | undefined;
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
  readonly publicUrl?: string | undefined;
  readonly trustProxy?: boolean | undefined;
  readonly maxBytes?: number | undefined;
  readonly auditDays?: number | undefined;
  readonly insecure?: boolean | undefined;
}

/**
 * `bento registry serve`: until it is interrupted, which lets what is in flight finish.
 * @throws what `serveRegistry` throws
 */
export async function serveRegistryHere(terminal: Terminal, request: ServeRegistryRequest): Promise<void> {
  const { host, port, database, bucket, s3Endpoint, publicUrl, trustProxy, maxBytes, auditDays, insecure, quiet = false } = request;
  const data = registryFolder(request);
  const signal = terminal.interruption();
  const server = await serveRegistry({
    host,
    port,
    data,
    database,
    bucket,
    s3Endpoint,
    publicUrl,
    trustProxy,
    insecure,
    quotas: { totalBytes: maxBytes },
    auditDays,
    tls: await tlsOf(request),
    logger: loggerOf(terminal, request),
  });
  if (!quiet) terminal.err(welcome(server, request, data));
  try {
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    if (!quiet) terminal.err("Finishing what is in flight; interrupt again to end at once.\n");
  } finally {
    await server.close();
  }
}

async function tlsOf({
  tlsCert,
  tlsKey,
}: ServeRegistryRequest): Promise<{ readonly cert: Uint8Array; readonly key: Uint8Array } | undefined> {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new BentoError("BENTO_CONFIG_INVALID", "A certificate and its key belong together.", {
      hint: "Say both --tls-cert and --tls-key.",
    });
  }
  return { cert: await pem(tlsCert), key: await pem(tlsKey) };
}

async function pem(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new BentoError("BENTO_CONFIG_INVALID", `${JSON.stringify(path)} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

/** What has gone wrong, line by line; with --verbose all of it. */
function loggerOf(terminal: Terminal, { verbose, debug }: ServeRegistryRequest): RegistryLogger {
  const line = (level: string, fields: object, message: string): void => {
    const more = debug === true ? ` ${JSON.stringify(fields)}` : "";
    terminal.err(`${level}: ${visible(message)}${more}\n`);
  };
  return {
    info: (fields, message) => (verbose === true ? line("info", fields, message) : undefined),
    warn: (fields, message) => line("warning", fields, message),
    error: (fields, message) => line("error", fields, message),
  };
}

/** Where it is, and the next step. */
function welcome(
  { url, wantsFirstToken }: RegistryServer,
  { data: given, database, insecure = false, publicUrl }: ServeRegistryRequest,
  folder: string,
): string {
  const lines = [`The registry is served at ${publicUrl ?? url} from ${visible(folder)}; Ctrl-C stops it.`];
  if (insecure) lines.push("It asks nobody for a token: whoever works on this machine may do everything.");
  if (wantsFirstToken) {
    const where = [given === undefined ? "" : ` --data ${quoted(folder)}`, database === undefined ? "" : " --database URL"].join("");
    lines.push("Nobody may use it yet. Make the first token in another terminal, and log in with it:");
    lines.push(`  bento registry token create admin --scope admin${where}`);
    lines.push(`  bento cloud login --endpoint ${publicUrl ?? url} --api-token TOKEN`);
  }
  return `${lines.join("\n")}\n`;
}

function quoted(path: string): string {
  return /^[\w./~-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
