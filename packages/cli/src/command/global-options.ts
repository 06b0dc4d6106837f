import { type Command, Option } from "commander";
import { completedBy } from "../completion/hints.js";
import { parsePath } from "./path.js";

/** What every command takes. */
export interface GlobalOptions {
  /** The store's folder; default: BENTOML_HOME, else `~/bentoml`. */
  readonly home?: string;
  /** Which registry to talk to, by the name of a saved context: of no meaning to what works on this machine alone. */
  readonly context?: string;
  /** Accepted because BentoML knows it; nothing is ever sent anywhere. */
  readonly doNotTrack?: true;
  /** Print the stack of an error. */
  readonly debug?: true;
  /** Say more on stderr. */
  readonly verbose?: true;
  /** Say nothing on stderr but errors and questions. */
  readonly quiet?: true;
}

const heading = "Global options:";

/**
 * Lets a command and those below it take the global options, so that they work before and after every name. Comes last,
 * as they stand below a command's own options in its help.
 */
export function addGlobalOptions(command: Command): void {
  const options = [
    completedBy(
      "folders",
      new Option("--home <folder>", "the store's folder (default: BENTOML_HOME, else ~/bentoml)").argParser(parsePath),
    ),
    new Option("--context <name>", "which registry to talk to, of those that `bento cloud` knows"),
    new Option("--do-not-track", "accepted for BentoML's sake: nothing is ever tracked"),
    new Option("-q, --quiet", "no progress, no warnings: errors alone"),
    new Option("--verbose", "say more on stderr"),
    new Option("--debug", "print the stack of an error"),
  ];
  for (const option of options) command.addOption(option.helpGroup(heading));
  // One that explains more than itself has an option of its own.
  const hasHelp = command.options.some(({ long }) => long === "--help");
  if (!hasHelp) command.addHelpOption(new Option("-h, --help", "print this help").helpGroup(heading));
  for (const each of command.commands) addGlobalOptions(each);
}

/** What a command's action was given, and the global options wherever they stood; what stands later on the line wins. */
export function withGlobals<Options>(options: Options, command: Command): Options & GlobalOptions {
  const above: Command[] = [];
  for (let at = command.parent; at !== null; at = at.parent) above.unshift(at);
  return Object.assign({}, ...above.map((each) => each.opts()), options) as Options & GlobalOptions;
}
