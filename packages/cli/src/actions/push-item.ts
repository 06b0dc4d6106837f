import { FileBentoStore, FileModelStore } from "@bento/store";
import type { BentoPushResult, PushResult } from "@bento/registry";
import type { GlobalOptions } from "../command/global-options.js";
import { type Kind, modelKind } from "../command/kind.js";
import { humanSize } from "../output/human-size.js";
import { itemText } from "../output/item-text.js";
import { follow } from "../output/progress-display.js";
import { warnAll } from "../output/warn.js";
import type { Terminal } from "../terminal/terminal.js";
import { homeOf, openRegistry } from "./registry.js";

/** How it is printed what came of a push. */
export type PushOutput = "text" | "json";

interface PushItemRequest extends GlobalOptions {
  readonly kind: Kind;
  readonly tag: string;
  /** An OCI registry: `oci://host/name:tag`. */
  readonly to: string | undefined;
  readonly force?: true;
  readonly threads: number;
  /** Of bentos. */
  readonly withoutModels?: true;
  readonly output: PushOutput;
}

/**
 * `bento models push TAG`, `bento push TAG`.
 * @throws what `Registry.push` throws
 */
export async function pushItem(terminal: Terminal, request: PushItemRequest): Promise<void> {
  const { kind, tag, to, force = false, threads, quiet = false } = request;
  const home = homeOf(request);
  const signal = terminal.interruption();
  const models = new FileModelStore(home);
  const display = { label: `pushing ${tag}`, quiet };
  if (to !== undefined) {
    const { pushOci } = await import("@bento/registry/oci");
    const transfer = pushOci(tag, to, { store: models, home, force, parallel: threads, signal });
    return print(terminal, request, { ...(await follow(transfer, terminal, display)), models: [], missing: [] });
  }
  const registry = await openRegistry(request, threads);
  if (kind.noun === "model") {
    const result = await follow(registry.push(tag, { store: models, force, signal }), terminal, display);
    return print(terminal, request, { ...result, models: [], missing: [] });
  }
  const options = { store: new FileBentoStore(home), models: request.withoutModels === true ? (false as const) : models, force, signal };
  print(terminal, request, await follow(registry.bentos.push(tag, options), terminal, display));
}

/** From which share on it is news that not all was sent: the other side had the rest. */
const worthSaying = 0.95;

function print(terminal: Terminal, request: PushItemRequest, result: BentoPushResult): void {
  const { kind, output } = request;
  const missing = result.missing.map((tag) => `${result.tag} needs the model ${tag}, which neither the store nor the registry has`);
  warnAll(terminal, missing, request);
  if (output === "json") {
    const { tag, outcome, bytes, models } = result;
    const carried = kind.noun === "bento" ? { models, missing: result.missing } : {};
    terminal.out(`${JSON.stringify({ tag, outcome, bytes, ...carried }, undefined, 2)}\n`);
    return;
  }
  const lines = [...result.models.map((model) => lineOf(modelKind, model)), lineOf(kind, result)];
  terminal.out(`${lines.join("\n")}\n`);
}

function lineOf(kind: Kind, { tag, outcome, bytes: { total, sent } }: PushResult): string {
  if (outcome === "skipped") return `${itemText(kind, tag)} is in the registry already.`;
  const part = sent < total * worthSaying ? `; ${humanSize(sent)} of ${humanSize(total)} were sent` : "";
  return `${itemText(kind, tag)} pushed${part}.`;
}
