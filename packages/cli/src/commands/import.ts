import type { ArchiveFormat } from "@bento/store";
import { Argument, type Command, Option } from "commander";
import { formatOption, givenLimits, type LimitOptions, limitOptions, memoryOption } from "../command/archive-options.js";
import { withGlobals } from "../command/global-options.js";
import type { Kind } from "../command/kind.js";
import { outputOption } from "../command/output-option.js";
import { parsePath } from "../command/path.js";
import { givenRemote, type RemoteOptions, remoteOptions, untrustedOption } from "../command/remote-options.js";
import { type SavedOutput, savedOutputs } from "../command/saved-output.js";
import { addCommand } from "../command/sub-command.js";
import { completedBy } from "../completion/hints.js";
import type { Terminal } from "../terminal/terminal.js";

interface ImportOptions extends LimitOptions, RemoteOptions {
  readonly format?: ArchiveFormat;
  readonly name?: string;
  readonly version?: string;
  readonly existing?: "error" | "skip" | "replace";
  readonly acceptChanges?: true;
  readonly dryRun?: true;
  readonly maxMemory?: number;
  readonly output: SavedOutput;
}

/** Adds `import PATH`, which may be a URL. */
export function addImportCommand(parent: Command, kind: Kind, terminal: Terminal): void {
  const { noun, prefix, exampleName, extension } = kind;
  const isModel = noun === "model";
  const command = addCommand(parent, "import", {
    description: isModel ? "take a model in from an archive, or a backup" : "take a bento and its models in from an archive",
    examples: [
      `${prefix} import ./${exampleName}.${extension}`,
      `${prefix} import ./${exampleName}.zip --dry-run`,
      `${prefix} import ./${exampleName}.${extension} --existing skip`,
      ...(isModel ? [`bento models import ./theirs.tar.gz --name ${exampleName} --version v3`, "bento models import ./backup"] : []),
      `${prefix} import https://example.com/${exampleName}.${extension}`,
      `${prefix} import s3://bucket/${exampleName}.${extension} --param region=eu-west-1`,
      `${prefix} import ftp://ada@example.com/${exampleName}.zip --password-file key.txt`,
      `${prefix} import sftp://example.com/models/${exampleName}.tar`,
      `ssh other cat ${exampleName}.${extension} | ${prefix} import -`,
    ],
  });
  const path = `an archive, an exported folder, ${isModel ? "a backup or folder of archives, " : ""}a URL, or - for stdin`;
  command
    .addArgument(completedBy("places", new Argument("<path>", path).argParser(parsePath)))
    .addOption(formatOption(kind, "default: what its first bytes say"))
    .addOption(
      new Option("--existing <what>", `when the store has the tag already (default: error${isModel ? "; skip for a backup" : ""})`).choices(
        ["error", "skip", "replace"],
      ),
    );
  if (isModel) command.option("--name <name>", "another name than its own").option("--version <version>", "another version than its own");
  command
    .option("--accept-changes", "take in files that somebody changed after the export")
    .option("--dry-run", "say what would come in, and leave the store as it is")
    .addOption(memoryOption())
    .addOption(outputOption(savedOutputs, `what to print of the ${noun}`));
  for (const option of [...limitOptions(), ...remoteOptions(), untrustedOption()]) command.addOption(option);
  command.action(async (source: string, given: ImportOptions, self: Command) => {
    const { importItem } = await import("../actions/import-item.js");
    await importItem(terminal, { kind, source, ...withGlobals(given, self), limits: givenLimits(given), access: givenRemote(given, self) });
  });
}
