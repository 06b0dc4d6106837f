import type { ArchiveFormat, Compression } from "@bento/store";
import { Argument, type Command, Option } from "commander";
import type { ExportFormat } from "../actions/export-item.js";
import { compressionOption, formatOption, memoryOption } from "../command/archive-options.js";
import { withGlobals } from "../command/global-options.js";
import type { Kind } from "../command/kind.js";
import { outputOption } from "../command/output-option.js";
import { parsePath } from "../command/path.js";
import { addCommand } from "../command/sub-command.js";
import { givenRemote, type RemoteOptions, remoteOptions } from "../command/remote-options.js";
import { completedBy } from "../completion/hints.js";
import type { Terminal } from "../terminal/terminal.js";

interface ExportOptions extends RemoteOptions {
  readonly format?: ArchiveFormat;
  readonly compression?: Compression;
  readonly maxMemory?: number;
  readonly all?: string;
  readonly withoutModels?: true;
  readonly output: ExportFormat;
}

/** Adds `export TAG [OUT]`, which may be a URL; of models also `export --all FOLDER`. */
export function addExportCommand(parent: Command, kind: Kind, terminal: Terminal): void {
  const { noun, prefix, exampleName, extension } = kind;
  const isModel = noun === "model";
  const command = addCommand(parent, "export", {
    description: isModel ? "write a model, or all of them, to archives" : "write a bento and its models to an archive",
    examples: [
      `${prefix} export ${exampleName}`,
      `${prefix} export ${exampleName}:v2 ./${exampleName}.${extension}`,
      `${prefix} export ${exampleName} ./out/ --format zip --compression best`,
      `${prefix} export ${exampleName} s3://bucket/models/`,
      `${prefix} export ${exampleName} ftp://ada@example.com/${exampleName}.zip --ask-password`,
      `${prefix} export ${exampleName} sftp://ada@example.com/models/ --format folder`,
      `${prefix} export ${exampleName} - | ssh other bento ${isModel ? "models " : ""}import -`,
      ...(isModel ? ["bento models export --all ./backup"] : []),
    ],
  });
  const tag = new Argument(isModel ? "[tag]" : "<tag>", `which ${noun}: name, name:version, or a version's beginning`);
  const out = "a file, a folder to put it in, a URL, or - for stdout (default: this folder)";
  command
    .addArgument(completedBy(`${noun}-tags`, tag))
    .addArgument(completedBy("places", new Argument("[out]", out).argParser(parsePath)))
    .addOption(formatOption(kind, `default: what OUT's extension says, else ${extension}`))
    .addOption(compressionOption())
    .addOption(memoryOption());
  if (isModel) {
    const all = new Option("--all <folder>", "back up every model into a folder; run again, it writes what is missing").argParser(
      parsePath,
    );
    command.addOption(completedBy("folders", all));
  } else {
    command.option("--without-models", "leave out the models that it needs");
  }
  command.addOption(outputOption(["text", "json", "path"], "what to print of it"));
  for (const option of remoteOptions()) command.addOption(option);
  command.action(async (asked: string | undefined, target: string | undefined, given: ExportOptions, self: Command) => {
    const { all: folder, ...options } = withGlobals(given, self);
    const access = givenRemote(given, self);
    if (folder !== undefined) {
      if (asked !== undefined) self.error("error: --all exports every model: leave out the tag");
      const { backUp } = await import("../actions/back-up.js");
      return backUp(terminal, { folder, access, ...options });
    }
    if (asked === undefined) return self.error("error: missing required argument 'tag', or --all");
    const { exportItem } = await import("../actions/export-item.js");
    return exportItem(terminal, { kind, tag: asked, target, access, ...options });
  });
}
