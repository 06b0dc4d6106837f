import type { GlobalOptions } from "../command/global-options.js";
import { jsonText } from "../output/json-text.js";
import { visible } from "../output/visible.js";
import { yamlText } from "../output/yaml-text.js";
import type { Terminal } from "../terminal/terminal.js";
import { homeOf } from "./registry.js";

/** How contexts are printed. */
export type ContextFormat = "json" | "yaml";

interface FormatRequest extends GlobalOptions {
  readonly output: ContextFormat;
}

/** What stands in a token's place. */
const hidden = "***";

/**
 * `bento cloud current-context`: the one that a command here and now would use.
 * @throws BENTO_UNAUTHORIZED, BENTO_NOT_FOUND
 */
export async function showContext(terminal: Terminal, request: FormatRequest): Promise<void> {
  const { connectionOf } = await import("@bento/registry/login");
  const { name, endpoint, email } = await connectionOf({ context: request.context, home: homeOf(request), env: process.env });
  print(terminal, request, { name, endpoint, api_token: hidden, email: email ?? null });
}

/** `bento cloud list-context` */
export async function listContexts(terminal: Terminal, request: FormatRequest): Promise<void> {
  const { ContextsFile } = await import("@bento/registry/login");
  const { contexts } = await new ContextsFile(homeOf(request)).read();
  print(
    terminal,
    request,
    contexts.map(({ name }) => name),
  );
}

/** `bento cloud update-current-context NAME`. @throws BENTO_NOT_FOUND */
export async function selectContext(terminal: Terminal, request: GlobalOptions & { readonly name: string }): Promise<void> {
  const { ContextsFile, environmentOf } = await import("@bento/registry/login");
  await new ContextsFile(homeOf(request)).select(request.name);
  terminal.out(`Successfully switched to context: ${visible(request.name)}\n`);
  if (request.quiet !== true && environmentOf(process.env).token !== undefined) {
    terminal.err("warning: as long as BENTO_CLOUD_API_KEY is set, it decides, not the current context\n");
  }
}

function print(terminal: Terminal, { output }: FormatRequest, value: unknown): void {
  terminal.out(output === "yaml" ? yamlText(value) : `${jsonText(value)}\n`);
}
