import { discover, type EndpointInfo, type UntypedClient } from "@bento/client";
import { BentoError } from "@bento/core";
import { InvalidArgumentError } from "commander";
import { callInput } from "../calling/call-input.js";
import { type CallWords, readCallWords } from "../calling/call-words.js";
import { GivenFiles } from "../calling/given-files.js";
import { takeParams } from "../calling/route-params.js";
import { SchemaView } from "../calling/shapes.js";
import { closeWords } from "../command/close-words.js";
import type { GlobalOptions } from "../command/global-options.js";
import type { AnswerFormat } from "../command/answer-format.js";
import { AnswerWriter } from "../output/answer-writer.js";
import { answersBytes, savedAs } from "../output/bytes-answer.js";
import { CallProgress } from "../output/call-progress.js";
import { endpointHelp } from "../output/endpoint-help.js";
import { endpointTable } from "../output/endpoint-table.js";
import { printHint } from "../output/print-error.js";
import { jsonText } from "../output/json-text.js";
import { yamlText } from "../output/yaml-text.js";
import type { Terminal } from "../terminal/terminal.js";

interface ServiceRequest extends GlobalOptions {
  readonly url: string;
  readonly token?: string | undefined;
  readonly header?: Readonly<Record<string, string>> | undefined;
  /** Seconds. */
  readonly timeout?: number | undefined;
  readonly output: AnswerFormat;
}

interface CallRequest extends ServiceRequest {
  readonly endpoint: string;
  /** What stands after the endpoint. */
  readonly words: readonly string[];
  /** Options of the command itself that were given, by their names. */
  readonly ownOptions: ReadonlySet<string>;
  /** A file, or a folder, in place of standard output. */
  readonly save?: string | undefined;
}

/**
 * `bento client URL`: what a service offers.
 * @throws what `discover` throws
 */
export async function listEndpoints(terminal: Terminal, request: ServiceRequest): Promise<void> {
  const { endpoints, url } = await open(terminal, request);
  const text: Readonly<Record<AnswerFormat, () => string | Promise<string>>> = {
    text: () => endpointTable(endpoints, terminal),
    json: () => `${jsonText(endpoints)}\n`,
    yaml: () => yamlText(endpoints),
  };
  terminal.out(await text[request.output]());
  const isSeen = request.output === "text" && request.quiet !== true && terminal.outColumns() !== undefined;
  if (isSeen && endpoints.length > 0) printHint(`bento client ${url} ENDPOINT --help tells more of one of them.`, terminal);
}

/**
 * `bento client URL ENDPOINT --help`: what one of its endpoints takes.
 * @throws what `discover` throws; BENTO_NOT_FOUND
 */
export async function explainEndpoint(terminal: Terminal, request: ServiceRequest & { readonly endpoint: string }): Promise<void> {
  const service = await open(terminal, request);
  terminal.out(endpointHelp(find(service, request.endpoint), service.url, terminal));
}

/**
 * `bento client URL ENDPOINT ...`: calls an endpoint, and prints or saves what it answers.
 * @throws InvalidArgumentError for arguments that the endpoint does not take; what the service answers with
 */
export async function callService(terminal: Terminal, request: CallRequest): Promise<void> {
  const words = readCallWords(request.words);
  const service = await open(terminal, request);
  const endpoint = find(service, request.endpoint);
  checkOwnOptions(endpoint, words, request.ownOptions);
  const files = new GivenFiles(terminal);
  const { params, words: others } = takeParams(endpoint, words);
  const input = await callInput(endpoint, others, files);
  const { output: format, save, quiet = false } = request;
  const { name, stream: isStream } = endpoint;
  if (save === undefined) checkNotWatched(endpoint, terminal);
  using progress = new CallProgress(terminal, { name, quiet, sends: files.count > 0, saves: save !== undefined });
  const call = service.call(name, input, { ...progress.callOptions, params, streamFile: true });
  const writer = new AnswerWriter(terminal, { format, save, name, isStream });
  try {
    for await (const answer of isStream ? call : [await call]) {
      // What is printed must not be taken for the bar and erased; a file is still on its way while it is saved.
      if (save === undefined) progress[Symbol.dispose]();
      await writer.write(answer);
    }
    const path = await writer.end();
    progress[Symbol.dispose]();
    if (path !== undefined && !quiet) terminal.err(`Saved ${path}.\n`);
  } catch (error) {
    await writer.abandon();
    throw forPerson(error, `bento client ${service.url} ${name} --help`);
  }
}

/**
 * An argument of an endpoint may be called as an option of the command is, which then takes what was meant for the other.
 * @throws InvalidArgumentError
 */
function checkOwnOptions({ name: endpoint, input }: EndpointInfo, { named }: CallWords, ownOptions: ReadonlySet<string>): void {
  const taken = new SchemaView(input).propertyNames.find((name) => ownOptions.has(name) && !named.has(name));
  if (taken === undefined) return;
  throw new InvalidArgumentError(
    `--${taken} is an option of this command and an argument of "${endpoint}". Write the arguments behind --, as in: ${endpoint} -- --${taken} VALUE.`,
  );
}

/** @throws BENTO_BAD_REQUEST where the answer is certainly nothing to be looked at: better before the call than after it */
function checkNotWatched({ name, output }: EndpointInfo, terminal: Terminal): void {
  if (!answersBytes(output) || terminal.outColumns() === undefined) return;
  throw new BentoError("BENTO_BAD_REQUEST", `"${name}" answers with bytes, which are not written to a terminal.`, {
    hint: `Save them with --save ${savedAs(name, output)}, or pipe them on.`,
  });
}

/** What a person at a command line is to be told: not where the schema is, but how to see what it says. */
function forPerson(error: unknown, help: string): unknown {
  if (!BentoError.is(error, "BENTO_INPUT_INVALID")) return error;
  const { message, issues, status } = error;
  return new BentoError(error.code, message, { status, issues, hint: `See what it takes: ${help}.`, cause: error });
}

function open(terminal: Terminal, { url, token, header, timeout }: ServiceRequest): Promise<UntypedClient> {
  return discover(url, {
    token,
    headers: header,
    timeoutMs: timeout === undefined ? undefined : timeout * 1000,
    signal: terminal.interruption(),
  });
}

function find({ name: service, url, endpoints }: UntypedClient, asked: string): EndpointInfo {
  // Its path will do too.
  const found = endpoints.find(({ name }) => name === asked) ?? endpoints.find(({ route }) => route === asked);
  if (found !== undefined) return found;
  const names = endpoints.map(({ name }) => name);
  const close = closeWords(asked, names);
  throw new BentoError("BENTO_NOT_FOUND", `The service "${service}" at ${url} has no endpoint "${asked}".`, {
    hint: close.length > 0 ? `Did you mean ${close.join(" or ")}?` : `Its endpoints are: ${names.join(", ")}.`,
  });
}
