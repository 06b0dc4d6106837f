import { type Command, Option } from "commander";
import { parsePath } from "../../command/path.js";
import { completedBy } from "../../completion/hints.js";

/** Where a registry keeps what it knows. */
export interface DataOptions {
  readonly data?: string;
  readonly database?: string;
}

/** Adds `--data` and `--database`. */
export function addDataOptions(command: Command): Command {
  return command
    .addOption(
      completedBy(
        "folders",
        new Option("--data <folder>", "the registry's own folder (default: the folder registry of the store's)")
          .env("BENTO_REGISTRY_DATA")
          .argParser(parsePath),
      ),
    )
    .addOption(
      new Option("--database <url>", "postgres://... keeps names and tokens there (default: SQLite in the registry's folder)").env(
        "BENTO_REGISTRY_DATABASE",
      ),
    );
}
