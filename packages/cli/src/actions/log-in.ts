import { spawn } from "node:child_process";
import { BentoError } from "@bento/core";
import type { GlobalOptions } from "../command/global-options.js";
import { visible } from "../output/visible.js";
import { warnAll } from "../output/warn.js";
import { confirm } from "../terminal/confirm.js";
import type { Terminal } from "../terminal/terminal.js";
import { homeOf } from "./registry.js";

interface LogInRequest extends GlobalOptions {
  readonly endpoint?: string;
  /** `-` for the first line of stdin. */
  readonly apiToken?: string;
  readonly browser: boolean;
}

/**
 * `bento cloud login`
 * @throws BENTO_UNAUTHORIZED, BENTO_REGISTRY_FAILED, BENTO_CONFIG_INVALID, BENTO_TIMEOUT, BENTO_CANCELLED
 */
export async function logInTo(terminal: Terminal, request: LogInRequest): Promise<void> {
  const { browserToken, defaultEndpoint, environmentOf, logIn, namedContext } = await import("@bento/registry/login");
  const fromEnvironment = environmentOf(process.env);
  const endpoint = request.endpoint ?? fromEnvironment.endpoint ?? defaultEndpoint;
  const given = request.apiToken === "-" ? await tokenLine(terminal) : request.apiToken;
  const signal = terminal.interruption();
  const onPage = (url: string): Promise<void> => offerPage(terminal, url, { signal, opens: request.browser });
  const token = given ?? fromEnvironment.token ?? (await browserToken({ endpoint, onPage, signal }));
  const context = namedContext({ context: request.context, env: process.env });
  const login = await logIn({ endpoint, token, context, home: homeOf(request), signal });
  const { name, email = "" } = login.context;
  if (login.replaced) warnAll(terminal, [`the context ${name} that was there is replaced`], request);
  terminal.out(`Configured cloud credentials (context: ${visible(name)}).\n`);
  terminal.out(`Logged in as ${visible(email)} at ${visible(login.organization)}, ${visible(login.context.endpoint)}.\n`);
}

/** A token that is piped in shows in no list of processes. */
async function tokenLine(terminal: Terminal): Promise<string> {
  const line = (await terminal.readLine())?.trim();
  if (line !== undefined && line !== "") return line;
  throw new BentoError("BENTO_BAD_REQUEST", "There is no token on stdin.", {
    hint: "Pipe it in: bento cloud login --api-token - < token.txt",
  });
}

/** Says which page confirms the login, and opens it where a person wants that. */
async function offerPage(
  terminal: Terminal,
  url: string,
  { signal, opens }: { readonly signal: AbortSignal; readonly opens: boolean },
): Promise<void> {
  terminal.err(`To log in, confirm it on this page:\n  ${visible(url)}\n`);
  // Where nobody looks, nobody can be asked.
  if (opens && terminal.errColumns() !== undefined && (await untilAborted(confirm(terminal, "Open it in a browser now?"), signal))) {
    openPage(url);
  }
  terminal.err("Waiting for it to be confirmed; Ctrl-C ends it.\n");
}

function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    promise.then(resolve, reject);
  });
}

const openers: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = {
  darwin: ["open"],
  win32: ["rundll32", "url.dll,FileProtocolHandler"],
};

/** Without a shell, which would read the address. That there is no browser is seen by whoever wanted one. */
function openPage(url: string): void {
  const [program, ...args] = openers[process.platform] ?? ["xdg-open"];
  const child = spawn(program, [...args, url], { stdio: "ignore", detached: true });
  child.on("error", () => {});
  child.unref();
}
