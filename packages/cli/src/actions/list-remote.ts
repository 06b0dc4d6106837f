import type { RemoteItem } from "@bento/registry";
import type { GlobalOptions } from "../command/global-options.js";
import type { Kind } from "../command/kind.js";
import { isPattern, patternTest } from "../command/name-pattern.js";
import { humanSize } from "../output/human-size.js";
import { itemTable } from "../output/item-table.js";
import { localTime } from "../output/local-time.js";
import { yamlText } from "../output/yaml-text.js";
import type { Terminal } from "../terminal/terminal.js";
import { openRegistry } from "./registry.js";

interface ListRemoteRequest extends GlobalOptions {
  readonly kind: Kind;
  readonly name: string | undefined;
  readonly labels: Readonly<Record<string, string>> | undefined;
  /** Bytes. */
  readonly minSize?: number;
  readonly maxSize?: number;
  readonly output: "table" | "json" | "yaml";
}

const columns = { tag: "Tag", module: "Module", size: "Size", creation_time: "Creation Time", status: "Status" };
const bentoColumns = { tag: "Tag", size: "Size", creation_time: "Creation Time", status: "Status" };

/**
 * `bento models list --remote [NAME]`, `bento list --remote [NAME]`: what the registry has, newest first.
 * @throws what `Registry.list` throws
 */
export async function listRemote(terminal: Terminal, request: ListRemoteRequest): Promise<void> {
  const { kind, name, labels, output, minSize = 0, maxSize = Number.POSITIVE_INFINITY } = request;
  const registry = await openRegistry(request);
  const fits = name !== undefined && isPattern(name) ? patternTest(name) : undefined;
  const options = { name: fits === undefined ? name : undefined, labels, signal: terminal.interruption() };
  const items = await (kind.noun === "model" ? registry.list(options) : registry.bentos.list(options));
  const wanted = items.filter(({ tag, size = 0 }) => (fits?.(tag) ?? true) && size >= minSize && size <= maxSize);
  const rows = wanted.toSorted(newestFirst).map((item) => rowOf(kind, item));
  const print = {
    json: () => `${JSON.stringify(rows, undefined, 2)}\n`,
    yaml: () => yamlText(rows),
    table: () => itemTable(kind.noun === "model" ? columns : bentoColumns, rows, terminal),
  };
  terminal.out(await print[output]());
}

function newestFirst(a: RemoteItem, b: RemoteItem): number {
  return (b.creationTime?.getTime() ?? 0) - (a.creationTime?.getTime() ?? 0);
}

function rowOf({ noun }: Kind, { tag, manifest, size, creationTime, status }: RemoteItem): Readonly<Record<string, string>> {
  const module = manifest["module"];
  return {
    tag: String(tag),
    ...(noun === "model" ? { module: typeof module === "string" ? module : "" } : {}),
    size: size === undefined ? "" : humanSize(size),
    creation_time: creationTime === undefined ? "" : localTime(creationTime),
    status,
  };
}
