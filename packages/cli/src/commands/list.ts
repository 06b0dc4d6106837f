import { Argument, type Command, Option } from "commander";
import type { ListFormat } from "../actions/list-items.js";
import { parseByteSize } from "../command/byte-size.js";
import { withGlobals } from "../command/global-options.js";
import type { Kind } from "../command/kind.js";
import { outputOption } from "../command/output-option.js";
import { collectPair } from "../command/pairs.js";
import { addCommand } from "../command/sub-command.js";
import { completedBy } from "../completion/hints.js";
import type { Terminal } from "../terminal/terminal.js";

interface ListOptions {
  readonly output: ListFormat;
  readonly label?: Readonly<Record<string, string>>;
  readonly minSize?: number;
  readonly maxSize?: number;
  readonly remote?: true;
}

/** Adds `list [NAME]`. */
export function addListCommand(parent: Command, kind: Kind, terminal: Terminal): void {
  const { noun, prefix, exampleName } = kind;
  addCommand(parent, "list", {
    description: `list the ${noun}s, newest first`,
    examples: [
      `${prefix} list`,
      `${prefix} list ${exampleName}`,
      `${prefix} list '${exampleName.slice(0, 3)}*' --label team=vision --min-size 10MiB`,
      `${prefix} list -o json | jq -r '.[].tag'`,
      `${prefix} list --remote`,
    ],
  })
    .addArgument(completedBy(`${noun}-tags`, new Argument("[name]", "a name, a tag, or a pattern such as 'iris-*'")))
    .addOption(new Option("--label <key=value>", "only those with this label (repeat for more)").argParser(collectPair))
    .addOption(new Option("--min-size <size>", "only those of this size or larger, such as 10MiB").argParser(parseByteSize))
    .addOption(new Option("--max-size <size>", "only those of this size or smaller").argParser(parseByteSize))
    .option("--remote", "those of the registry, not of the store")
    .addOption(outputOption(["table", "json", "yaml", "path"], `how to print them; path: each ${noun}'s folder`))
    .action(async (name: string | undefined, given: ListOptions, command: Command) => {
      const { label: labels, remote, output, ...options } = withGlobals(given, command);
      if (remote === true) {
        if (output === "path") return command.error("error: what the registry has lies in no folder: leave out --output path");
        const { listRemote } = await import("../actions/list-remote.js");
        return listRemote(terminal, { kind, name, labels, output, ...options });
      }
      const { listItems } = await import("../actions/list-items.js");
      await listItems(terminal, { kind, name, labels, output, ...options });
    });
}
