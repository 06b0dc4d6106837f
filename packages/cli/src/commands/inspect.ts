import type { ArchiveFormat } from "@bento/store";
import { Argument, type Command } from "commander";
import { formatOption, givenLimits, type LimitOptions, limitOptions } from "../command/archive-options.js";
import { type DescriptionOutput, descriptionOutputs } from "../command/description-output.js";
import { withGlobals } from "../command/global-options.js";
import type { Kind } from "../command/kind.js";
import { outputOption } from "../command/output-option.js";
import { parsePath } from "../command/path.js";
import { givenRemote, type RemoteOptions, remoteOptions, untrustedOption } from "../command/remote-options.js";
import { addCommand } from "../command/sub-command.js";
import { completedBy } from "../completion/hints.js";
import type { Terminal } from "../terminal/terminal.js";

interface InspectOptions extends LimitOptions, RemoteOptions {
  readonly format?: ArchiveFormat;
  readonly output: DescriptionOutput;
}

/** Adds `inspect SOURCE`. */
export function addInspectCommand(parent: Command, kind: Kind, terminal: Terminal): void {
  const { noun, prefix, exampleName, extension } = kind;
  const command = addCommand(parent, "inspect", {
    description: `say what an archive of a ${noun} is, without fetching all of it`,
    examples: [
      `${prefix} inspect ./${exampleName}.${extension}`,
      `${prefix} inspect s3://bucket/${exampleName}.zip`,
      `${prefix} inspect https://example.com/${exampleName}.zip --untrusted -o json`,
    ],
  })
    .addArgument(
      completedBy("places", new Argument("<source>", "an archive, an exported folder, a URL, or - for stdin").argParser(parsePath)),
    )
    .addOption(formatOption(kind, "default: what its first bytes say"))
    .addOption(outputOption(descriptionOutputs, "how to print it"));
  for (const option of [...limitOptions(), ...remoteOptions(), untrustedOption()]) command.addOption(option);
  command.action(async (source: string, given: InspectOptions, self: Command) => {
    const { inspectSource } = await import("../actions/inspect-source.js");
    await inspectSource(terminal, {
      kind,
      source,
      ...withGlobals(given, self),
      limits: givenLimits(given),
      access: givenRemote(given, self),
    });
  });
}
