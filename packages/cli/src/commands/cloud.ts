import { Argument, type Command, Option } from "commander";
import type { ContextFormat } from "../actions/cloud-contexts.js";
import { withGlobals } from "../command/global-options.js";
import { outputOption } from "../command/output-option.js";
import { addCommand, addGroup } from "../command/sub-command.js";
import type { Terminal } from "../terminal/terminal.js";

interface LoginOptions {
  readonly endpoint?: string;
  readonly apiToken?: string;
  readonly browser: boolean;
}

/** Adds `bento cloud ...`: which registries somebody is logged in to. */
export function addCloudCommands(program: Command, terminal: Terminal): void {
  const cloud = addGroup(program, "cloud", {
    description: "log in to registries, BentoCloud or another one, and choose among them",
    examples: ["bento cloud login", "bento cloud current-context", "bento cloud update-current-context staging"],
  });
  addLogin(cloud, terminal);
  addContexts(cloud, terminal);
}

function addLogin(cloud: Command, terminal: Terminal): void {
  addCommand(cloud, "login", {
    description: "log in to a registry, in the browser or with a token",
    examples: [
      "bento cloud login --endpoint http://localhost:3700",
      "bento cloud login --endpoint https://example.com --api-token - < token.txt",
      "bento cloud login --endpoint https://staging.example.com --context staging",
    ],
  })
    .addOption(new Option("--endpoint <url>", "the registry (default: BENTO_CLOUD_API_ENDPOINT, else BentoCloud)"))
    .addOption(new Option("--api-token <token>", "the token, or - to read it from stdin (default: BENTO_CLOUD_API_KEY, else the browser)"))
    .option("--no-browser", "open no browser, only say which page to open")
    .action(async (given: LoginOptions, command: Command) => {
      const { logInTo } = await import("../actions/log-in.js");
      await logInTo(terminal, withGlobals(given, command));
    });
}

function addContexts(cloud: Command, terminal: Terminal): void {
  addCommand(cloud, "current-context", {
    description: "show which registry commands talk to, without its token",
    examples: ["bento cloud current-context", "bento cloud current-context -o yaml"],
  })
    .addOption(outputOption(["json", "yaml"], "how to print it"))
    .action(async (given: { readonly output: ContextFormat }, command: Command) => {
      const { showContext } = await import("../actions/cloud-contexts.js");
      await showContext(terminal, withGlobals(given, command));
    });
  addCommand(cloud, "list-context", {
    description: "list the names of the contexts",
    examples: ["bento cloud list-context"],
  })
    .addOption(outputOption(["json", "yaml"], "how to print them"))
    .action(async (given: { readonly output: ContextFormat }, command: Command) => {
      const { listContexts } = await import("../actions/cloud-contexts.js");
      await listContexts(terminal, withGlobals(given, command));
    });
  addCommand(cloud, "update-current-context", {
    description: "make another context the current one",
    examples: ["bento cloud update-current-context staging"],
  })
    .addArgument(new Argument("<name>", "one of those that list-context names"))
    .action(async (name: string, given: object, command: Command) => {
      const { selectContext } = await import("../actions/cloud-contexts.js");
      await selectContext(terminal, { name, ...withGlobals(given, command) });
    });
}
