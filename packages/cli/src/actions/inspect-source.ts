import { type ArchiveDescription, type ArchiveFormat, type BentoInfo, describeArchive, type ModelInfo, type Transfer } from "@bento/store";
import type { LimitOptions } from "../command/archive-options.js";
import type { DescriptionOutput } from "../command/description-output.js";
import type { GlobalOptions } from "../command/global-options.js";
import type { Kind } from "../command/kind.js";
import { descriptionText } from "../output/description-text.js";
import { follow } from "../output/progress-display.js";
import type { Terminal } from "../terminal/terminal.js";
import { placeLabel, type RemoteAccess, withAccess } from "./remote-access.js";

interface InspectRequest extends GlobalOptions {
  readonly kind: Kind;
  /** A path, a URL, or `-` for stdin. */
  readonly source: string;
  readonly access: RemoteAccess;
  readonly format?: ArchiveFormat | undefined;
  readonly limits: LimitOptions;
  readonly output: DescriptionOutput;
}

/**
 * `bento models inspect SOURCE`, `bento inspect SOURCE`: what an archive is, reading as little of it as tells.
 * @throws what `describeArchive` throws
 */
export async function inspectSource(terminal: Terminal, request: InspectRequest): Promise<void> {
  const { kind, source, access, format, limits, output, quiet = false } = request;
  const signal = terminal.interruption();
  const from = source === "-" ? terminal.bytesIn() : source;
  const description = await withAccess(terminal, { place: source, access }, (location) => {
    const options = { format, limits, signal, ...location };
    const transfer: Transfer<ArchiveDescription<ModelInfo | BentoInfo>> =
      kind.noun === "bento" ? describeArchive(from, { ...options, kind: "bento" }) : describeArchive(from, options);
    return follow(transfer, terminal, { label: source === "-" ? "stdin" : placeLabel(source, access), quiet });
  });
  terminal.out(await descriptionText(description, { kind, output, terminal }));
}
