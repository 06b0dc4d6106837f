import { Argument, type Command, InvalidArgumentError, Option } from "commander";
import { withGlobals } from "../command/global-options.js";
import { outputOption } from "../command/output-option.js";
import { parsePath } from "../command/path.js";
import { parseSeconds, withoutEmpty } from "../command/server-values.js";
import { collectHeader, parseServiceUrl } from "../command/service-values.js";
import { addCommand } from "../command/sub-command.js";
import { completedBy } from "../completion/hints.js";
import { type AnswerFormat, answerFormats } from "../command/answer-format.js";
import { visible } from "../output/visible.js";
import type { Terminal } from "../terminal/terminal.js";

interface ClientOptions {
  readonly output: AnswerFormat;
  readonly save?: string;
  readonly token?: string;
  readonly header?: Readonly<Record<string, string>>;
  readonly timeout?: number;
  readonly help?: true;
}

/** Adds `client URL [ENDPOINT]`. */
export function addClientCommand(program: Command, terminal: Terminal): void {
  addCommand(program, "client", {
    description: "call a service, or list what it offers",
    examples: [
      "bento client http://localhost:3000",
      "bento client localhost:3000 classify --images '[[1, 2]]' --top 3",
      "bento client localhost:3000 read --image @./cat.png -o json",
      "bento client localhost:3000 draw --prompt 'a cat' --save ./cat.png",
      "echo '{\"top\": 3}' | bento client localhost:3000 classify @-",
      "bento client localhost:3000 classify --help",
    ],
  })
    .usage("[options] <url> [endpoint] [input...]")
    // Not required, so that --help alone is understood too.
    .addArgument(new Argument("[url]", "the service's URL").argParser(parseServiceUrl))
    .addArgument(completedBy("endpoints", new Argument("[endpoint]", "which of its endpoints; without one they are listed")))
    .addArgument(
      completedBy(
        "arguments",
        new Argument(
          "[input...]",
          "--NAME VALUE for each argument, or one value for the whole input; @FILE and @- (what is piped in) stand for what they hold",
        ),
      ),
    )
    .addOption(
      outputOption(answerFormats, "text: text as it is, anything else as JSON; of a stream, an item a line").argParser(parseFormat),
    )
    .addOption(completedBy("files", new Option("--save <path>", "write the answer to a file, or into a folder").argParser(parsePath)))
    .addOption(new Option("--token <token>", "who calls; better in the environment, where others do not see it").env("BENTO_TOKEN"))
    .addOption(new Option("--header <header>", "send 'Name: value' too (repeat for more)").argParser(collectHeader))
    .addOption(new Option("--timeout <seconds>", "what the call may take (default: what the service says)").argParser(parseSeconds))
    // Commander's own would print what it knows, and it knows no endpoints.
    .helpOption(false)
    .addOption(new Option("-h, --help", "print this help; behind an endpoint, what that one takes"))
    // The endpoint's own arguments are known once the service was asked.
    .allowUnknownOption()
    .action(
      async (url: string | undefined, endpoint: string | undefined, words: readonly string[], given: ClientOptions, self: Command) => {
        if (given.help === true && endpoint === undefined) return self.outputHelp();
        if (url === undefined) return self.error("error: missing required argument 'url'");
        const options = withGlobals(withoutEmpty(given), self);
        const { callService, explainEndpoint, listEndpoints } = await import("../actions/call-service.js");
        if (endpoint === undefined) return listEndpoints(terminal, { url, ...options });
        if (given.help === true) return explainEndpoint(terminal, { url, endpoint, ...options });
        try {
          await callService(terminal, { url, endpoint, words, ownOptions: ownOptionsOf(self), ...options });
        } catch (error) {
          if (error instanceof InvalidArgumentError) self.error(`error: ${visible(error.message)}`);
          throw error;
        }
      },
    );
}

/** Elsewhere -o names a file. @throws InvalidArgumentError */
function parseFormat(text: string): AnswerFormat {
  const format = answerFormats.find((each) => each === text);
  if (format !== undefined) return format;
  const saving = /[./\\]/.test(text) ? ` To write the answer to a file, say --save ${text}.` : "";
  throw new InvalidArgumentError(`Allowed choices are ${answerFormats.join(", ")}.${saving}`);
}

/** The options of the command itself that were written on the line: `context`, `timeout`. */
function ownOptionsOf(command: Command): ReadonlySet<string> {
  const names = command.options.filter((option) => command.getOptionValueSourceWithGlobals(option.attributeName()) === "cli");
  return new Set(names.map(({ long }) => (long ?? "").replace(/^--/, "")));
}
