import type { GlobalOptions } from "../command/global-options.js";
import type { Kind } from "../command/kind.js";
import { itemText } from "../output/item-text.js";
import { follow } from "../output/progress-display.js";
import type { Terminal } from "../terminal/terminal.js";
import type { ArchiveChoices } from "./item-store.js";
import { type RemoteAccess, withAccess } from "./remote-access.js";

/** What is printed of an export. */
export type ExportFormat = "text" | "json" | "path";

interface ExportItemRequest extends GlobalOptions, ArchiveChoices {
  readonly kind: Kind;
  readonly tag: string;
  /** A path, a URL, or `-` for stdout; default: the current folder. */
  readonly target: string | undefined;
  readonly access: RemoteAccess;
  /** Of bentos. */
  readonly withoutModels?: true;
  readonly output: ExportFormat;
}

/**
 * `bento models export TAG [OUT]`, `bento export TAG [OUT]`.
 * @throws what `exportModel` and `exportBento` throw
 */
export async function exportItem(terminal: Terminal, request: ExportItemRequest): Promise<void> {
  const { kind, target = "", access, output, home, quiet = false } = request;
  await using store = await kind.open(home);
  const { tag } = await store.get(request.tag);
  const isStream = target === "-";
  const signal = terminal.interruption();
  const options = { ...archiveChoices(request), withModels: request.withoutModels !== true, signal };
  const path = await withAccess(terminal, { place: target, access }, async (location) => {
    const transfer = store.exportItem(tag, isStream ? terminal.bytesOut() : target, { ...options, ...location });
    return follow(transfer, terminal, { label: String(tag), quiet });
  });
  if (path !== undefined) {
    const texts = { text: `${itemText(kind, tag)} exported to ${path}.`, json: JSON.stringify({ tag, path }, undefined, 2), path };
    terminal.out(`${texts[output]}\n`);
  } else if (!quiet) {
    terminal.err(`${itemText(kind, tag)} exported.\n`);
  }
}

/** Those of the choices that were made. */
export function archiveChoices({ format, compression, maxMemory }: ArchiveChoices): ArchiveChoices {
  return { format, compression, maxMemory };
}
