import { Argument, type Command, Option } from "commander";
import { withGlobals } from "../command/global-options.js";
import { parsePath } from "../command/path.js";
import { parsePort, parseSeconds, parseWorkers, withoutEmpty } from "../command/server-values.js";
import { addCommand } from "../command/sub-command.js";
import { completedBy } from "../completion/hints.js";
import type { Terminal } from "../terminal/terminal.js";

interface ServeOptions {
  readonly port?: number;
  readonly host?: string;
  readonly workers?: number | "cpu_count";
  readonly timeout?: number;
  readonly reload?: boolean;
}

/** Adds `serve TARGET`. The variables are those of BentoML. */
export function addServeCommand(program: Command, terminal: Terminal): void {
  addCommand(program, "serve", {
    description: "serve a service over HTTP, from its TypeScript or JavaScript",
    examples: [
      "bento serve ./service.ts:Digits",
      "bento serve ./dist/service.js --port 8080 --workers 2",
      "bento serve ./service.ts --host 0.0.0.0 --timeout 10 --no-reload",
    ],
  })
    .addArgument(
      completedBy(
        "files",
        new Argument("<target>", "the service's file; where it holds several, FILE:NAME, by export or by name").argParser(parsePath),
      ),
    )
    .addOption(
      new Option("-p, --port <port>", "port to listen on, 0 for any free one (default: 3000)").env("BENTOML_PORT").argParser(parsePort),
    )
    .addOption(
      completedBy(
        ["127.0.0.1", "0.0.0.0", "::"],
        new Option("--host <host>", "address to listen on (default: 127.0.0.1, this machine only)").env("BENTOML_HOST"),
      ),
    )
    .addOption(
      completedBy(
        ["cpu_count"],
        new Option("--workers <count>", "worker processes, or cpu_count (default: what the service says)")
          .env("BENTOML_API_WORKERS")
          .argParser(parseWorkers),
      ),
    )
    .addOption(
      new Option("--timeout <seconds>", "what a call may take (default: what the service says)")
        .env("BENTOML_TIMEOUT")
        .argParser(parseSeconds),
    )
    .option("--reload", "start the service anew when a file of its project changes (default: on a terminal, for TypeScript)")
    .option("--no-reload", "leave it as it was started")
    .action(async (target: string, given: ServeOptions, command: Command) => {
      const { serveTarget } = await import("../actions/serve-target.js");
      await serveTarget(terminal, { target, ...withGlobals(withoutEmpty(given), command) });
    });
}
