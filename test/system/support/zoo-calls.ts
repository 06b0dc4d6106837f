import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Where the zoo of Python, its recorded calls and the files are that they send. */
export const zooFolder = fileURLToPath(new URL("../fixtures/bentoml-zoo", import.meta.url));

/** What a caller in Python got, in the words of the recording. */
export interface PythonResult {
  readonly type: string;
  readonly value?: unknown;
  readonly items?: readonly PythonResult[];
  readonly class?: string;
  readonly message?: string;
  readonly error_code?: number;
  readonly [word: string]: unknown;
}

/** One call with a client of Python BentoML 1.4.39. */
export interface ZooCall {
  readonly id: string;
  readonly service: string;
  /** Which client: one that is given the service's class validates by itself, the others read `/schema.json`. */
  readonly client: "sync" | "async" | "sync-service" | "async-service";
  /** How the client is made; absent where the call makes its own. */
  readonly made?: string;
  /** Python: an expression, or several lines that are the body of a function. */
  readonly call: string;
}

/** A call, and what Python's own server and client made of it. */
export interface RecordedCall extends ZooCall {
  readonly result: PythonResult;
}

/** Every recorded call, in the order of the recording. */
export function readCalls(): readonly RecordedCall[] {
  const lines = readFileSync(`${zooFolder}/client-calls.jsonl`, "utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line) as RecordedCall);
}

/**
 * A result by its meaning: whole floats are integers, and of what a server said of an error that remains which both servers
 * say: the words of the method, or the places that are wrong. What went wrong inside each tells in words of its own.
 */
export function meaningOf(result: PythonResult): unknown {
  const { items, message, value, ...rest } = result;
  if (items !== undefined) return { ...rest, items: items.map(meaningOf) };
  if (message !== undefined) return { ...rest, message: meaningOfMessage(message, rest.error_code) };
  return rest.type === "float" && Number.isInteger(value) ? { type: "int", value } : result;
}

interface ErrorBody {
  readonly error: string;
  readonly detail?: readonly { readonly loc: readonly unknown[] }[];
}

function meaningOfMessage(message: string, status: number | undefined): unknown {
  const body = errorBodyOf(message);
  if (body === undefined) return message.replace(/127\.0\.0\.1:\d+/, "<host>:<port>");
  // A root is called root there.
  if (body.detail !== undefined) return { places: body.detail.map(({ loc }) => (loc[0] === "root" ? loc.slice(1) : loc)) };
  return { error: status !== 504 && status !== undefined && status >= 500 ? "inside" : body.error.replace(/\.$/, "") };
}

function errorBodyOf(message: string): ErrorBody | undefined {
  try {
    const body: unknown = JSON.parse(message);
    return (Array.isArray(body) ? body[0] : body) as ErrorBody;
  } catch {
    return undefined;
  }
}
