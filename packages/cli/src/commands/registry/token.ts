import { Argument, type Command, Option } from "commander";
import { parseExpiry } from "../../command/duration.js";
import { withGlobals } from "../../command/global-options.js";
import { outputOption } from "../../command/output-option.js";
import { withoutEmpty } from "../../command/server-values.js";
import { addCommand, addGroup } from "../../command/sub-command.js";
import type { Terminal } from "../../terminal/terminal.js";
import { addDataOptions, type DataOptions } from "./data-options.js";

/** What a token may do; each includes those before it. */
const scopes = ["read", "write", "admin"] as const;
/** How a new token is printed. */
const createOutputs = ["text", "token", "json"] as const;
const listOutputs = ["table", "json"] as const;

interface CreateOptions extends DataOptions {
  readonly scope: (typeof scopes)[number];
  readonly expires?: Date;
  readonly output: (typeof createOutputs)[number];
}

interface ListOptions extends DataOptions {
  readonly output: (typeof listOutputs)[number];
}

/** Adds `bento registry token ...`, which works on the registry's data whether it is being served or not. */
export function addTokenCommands(registry: Command, terminal: Terminal): void {
  const token = addGroup(registry, "token", {
    description: "make, list and revoke tokens, on the machine that has the registry's data",
    examples: ["bento registry token create ann --scope admin", "bento registry token list", "bento registry token revoke 4f2a9c"],
  });
  addDataOptions(
    addCommand(token, "create", {
      description: "make a token; it is shown this once",
      examples: [
        "bento registry token create ann --scope admin",
        "bento registry token create ci --expires 30d",
        'token="$(bento registry token create ci --scope read -o token)"',
      ],
    })
      .addArgument(new Argument("<name>", "whose it is"))
      .addOption(new Option("--scope <scope>", "what it may do; each includes the ones before").choices(scopes).default("write"))
      .addOption(new Option("--expires <when>", "12h, 30d, 4w, or a date (default: never)").argParser(parseExpiry))
      .addOption(outputOption(createOutputs, "what to print")),
  ).action(async (name: string, given: CreateOptions, command: Command) => {
    const { createToken } = await import("../../actions/registry-tokens.js");
    await createToken(terminal, { name, ...withGlobals(withoutEmpty(given), command) });
  });
  addDataOptions(
    addCommand(token, "list", {
      description: "list the tokens, without the tokens themselves",
      examples: ["bento registry token list", "bento registry token list -o json"],
    }).addOption(outputOption(listOutputs, "how to print it")),
  ).action(async (given: ListOptions, command: Command) => {
    const { listTokens } = await import("../../actions/registry-tokens.js");
    await listTokens(terminal, withGlobals(withoutEmpty(given), command));
  });
  addDataOptions(
    addCommand(token, "revoke", {
      description: "make a token worthless, at once",
      examples: ["bento registry token revoke 4f2a9c"],
    }).addArgument(new Argument("<id>", "its id, as the list shows it")),
  ).action(async (id: string, given: DataOptions, command: Command) => {
    const { revokeToken } = await import("../../actions/registry-tokens.js");
    await revokeToken(terminal, { id, ...withGlobals(withoutEmpty(given), command) });
  });
}
