import type { ArchiveDescription, BentoInfo, ModelInfo } from "@bento/store";
import type { DescriptionOutput } from "../command/description-output.js";
import type { Kind } from "../command/kind.js";
import type { Terminal } from "../terminal/terminal.js";
import { countText } from "./count-text.js";
import { humanSize } from "./human-size.js";
import { itemTable } from "./item-table.js";
import { itemText } from "./item-text.js";
import { jsonText } from "./json-text.js";
import { visible } from "./visible.js";
import { yamlText } from "./yaml-text.js";

type Description = ArchiveDescription<ModelInfo | BentoInfo>;

interface DescriptionTextOptions {
  readonly kind: Kind;
  readonly output: DescriptionOutput;
  readonly terminal: Terminal;
}

/** What an archive was found to be. */
export async function descriptionText(description: Description, { kind, output, terminal }: DescriptionTextOptions): Promise<string> {
  if (output === "json") return `${jsonText(documentOf(description))}\n`;
  if (output === "yaml") return yamlText(documentOf(description));
  const { tag, info, format, files, size, archiveSize, bytesRead } = description;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["Format", format],
    ["Size", size === undefined ? undefined : `${humanSize(size)}, ${countText(files?.length ?? 0, "file")}`],
    ["Archive", archiveSize === undefined ? undefined : humanSize(archiveSize)],
    ["Created", info.creationTimeText],
    ["Labels", pairs(info.labels)],
    ...("metadata" in info
      ? [["Metadata", pairs(info.metadata)] as const]
      : [["Service", info.service] as const, ["Models", info.models.map((model) => String(model.tag)).join(", ")] as const]),
  ];
  const lines = facts.flatMap(([name, value]) =>
    value === undefined || value === "" ? [] : [`${`${name}:`.padEnd(9)} ${visible(value)}`],
  );
  const rows = (files ?? []).map((file) => ({ path: file.path, size: humanSize(file.size) }));
  const table = files === undefined ? notListed : await itemTable({ size: "Size", path: "File" }, rows, terminal);
  const read = archiveSize === undefined ? humanSize(bytesRead) : `${humanSize(bytesRead)} of ${humanSize(archiveSize)}`;
  return `${[itemText(kind, tag), ...lines].join("\n")}\n${table}${read} read.\n`;
}

/** A tar has no list of what it holds. */
const notListed = "Its files are not listed: all of it would have to be read for that.\n";

function pairs(values: Readonly<Record<string, unknown>>): string {
  return Object.entries(values)
    .map(([key, value]) => `${key}=${typeof value === "string" ? value : jsonText(value, 0)}`)
    .join(", ");
}

function documentOf({ tag, info, format, files, size, archiveSize, bytesRead }: Description) {
  return {
    tag: String(tag),
    format,
    size_bytes: size ?? null,
    archive_size_bytes: archiveSize ?? null,
    creation_time: info.creationTimeText,
    labels: info.labels,
    ...("metadata" in info
      ? { metadata: info.metadata }
      : { service: info.service, models: info.models.map((model) => String(model.tag)) }),
    files: files?.map(({ path, size: bytes }) => ({ path, size_bytes: bytes })) ?? null,
    bytes_read: bytesRead,
  };
}
