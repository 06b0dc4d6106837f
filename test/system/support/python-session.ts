import { spawn, type ChildProcessByStdio } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { pythonEnvironment, pythonPath } from "./python.js";
import type { TypedJson } from "./typed-json.js";
import { type PythonResult, type ZooCall, zooFolder } from "./zoo-calls.js";

const script = fileURLToPath(new URL("session.py", import.meta.url));

/** A model's line in Python's own listing. */
export interface ListedByPython {
  readonly tag: string;
  readonly path: string;
  /** Bytes of all files. */
  readonly size: number;
  /** ISO text with offset. */
  readonly creationTime: string;
}

/** Everything that Python reads of one model. */
export interface ReadByPython extends ListedByPython {
  readonly module: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly options: TypedJson;
  readonly metadata: TypedJson;
  readonly context: Readonly<Record<"frameworkName" | "bentomlVersion" | "pythonVersion", string>> & {
    readonly frameworkVersions: Readonly<Record<string, string>>;
  };
  readonly signatures: Readonly<
    Record<
      string,
      { readonly batchable: boolean; readonly batchDim: readonly number[]; readonly inputSpec: TypedJson; readonly outputSpec: TypedJson }
    >
  >;
  readonly apiVersion: string;
  /** By path, `model.yaml` and everything else on disk included. */
  readonly files: Readonly<Record<string, { readonly size: number; readonly sha256: string; readonly executable: boolean }>>;
  readonly directories: readonly string[];
  /** The text of `model.yaml`, which must be plain ASCII. */
  readonly yaml: string;
  /** What PyYAML writes for what it read there. */
  readonly dumpedYaml: string;
}

/** What Python is asked to create; values in the typed form. */
export interface PythonModelInput {
  readonly tag: string;
  readonly labels?: TypedJson;
  readonly metadata?: TypedJson;
  readonly module?: string;
  readonly api_version?: string;
  readonly options?: TypedJson;
  readonly signatures?: TypedJson;
  readonly context?: TypedJson;
  readonly custom_objects?: TypedJson;
  readonly files?: readonly { readonly path: string; readonly base64: string; readonly executable?: boolean }[];
  readonly directories?: readonly string[];
}

/** A call with one of Python's own HTTP clients. */
export interface PythonCall {
  readonly client: "sync" | "async";
  readonly url: string;
  readonly endpoint: string;
  readonly args?: readonly TypedJson[];
  readonly kwargs?: Readonly<Record<string, TypedJson>>;
  /** `token`, `timeout` (seconds), `server_ready_timeout`. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** What Python raised. */
class PythonError extends Error {
  override readonly name = "PythonError";
  readonly pythonClass: string;
  readonly bases: readonly string[];
  /** The HTTP status that BentoML's exceptions carry. */
  readonly status: number | undefined;

  constructor(raised: { class: string; bases: string[]; message: string; status: number | null; traceback: string }) {
    super(raised.message, { cause: raised.traceback });
    this.pythonClass = raised.class;
    this.bases = raised.bases;
    this.status = raised.status ?? undefined;
  }
}

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * One Python process with BentoML loaded, which answers many questions: starting it costs a second, a question
 * milliseconds. Questions are answered in the order they were asked.
 */
export class PythonSession implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #home: string;
  readonly #waiting: Waiting[] = [];
  readonly #closed: Promise<void>;
  #stderr = "";
  #ended = false;

  private constructor(home: string) {
    this.#home = home;
    this.#child = spawn(pythonPath, [script], {
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, ...pythonEnvironment, BENTOML_HOME: home },
    });
    this.#child.stderr.on("data", (chunk: Buffer) => (this.#stderr += chunk.toString()));
    // A write to a process that is gone; the question is rejected below.
    this.#child.stdin.on("error", () => {});
    createInterface({ input: this.#child.stdout }).on("line", (line) => this.#answer(line));
    this.#closed = new Promise((resolve) => {
      const end = (): void => {
        this.#ended = true;
        for (const waiting of this.#waiting.splice(0)) waiting.reject(this.#noAnswer());
        resolve();
      };
      this.#child.once("error", end);
      this.#child.once("close", end);
    });
  }

  /** Starts the process; its own default home is an empty temporary folder. */
  static async start(): Promise<PythonSession> {
    return new PythonSession(await mkdtemp(join(tmpdir(), "bento-python-")));
  }

  /** The models of a home as `bentoml.models.list` gives them, in its order. */
  listModels(home: string, name?: string): Promise<readonly ListedByPython[]> {
    return this.#ask("list_models", { home, name });
  }

  /** The tag that `bentoml.models.get` finds for a question. */
  getTag(home: string, tag: string): Promise<string> {
    return this.#ask("get_tag", { home, tag });
  }

  readModel(home: string, tag: string): Promise<ReadByPython> {
    return this.#ask("read_model", { home, tag });
  }

  /** Every model of a home, in Python's order. */
  readModels(home: string): Promise<readonly ReadByPython[]> {
    return this.#ask("read_models", { home });
  }

  /** Saves a model with `bentoml.models.create`; answers its tag. */
  createModel(home: string, input: PythonModelInput): Promise<string> {
    return this.#ask("create_model", { home, ...input });
  }

  deleteModel(home: string, tag: string): Promise<void> {
    return this.#ask("delete_model", { home, tag });
  }

  /** Exports with `bentoml.models.export_model`; answers the path that it returns. */
  exportModel(home: string, tag: string, path: string, format?: string): Promise<string> {
    return this.#ask("export_model", { home, tag, path, format });
  }

  /** Imports with `bentoml.models.import_model`; answers the tag. */
  importModel(home: string, path: string, format?: string): Promise<string> {
    return this.#ask("import_model", { home, path, format });
  }

  /** Times Python's own list and get of a home. Seconds. */
  timeList(home: string): Promise<{ readonly models: number; readonly listSeconds: number; readonly getSeconds: number }> {
    return this.#ask("time_list", { home });
  }

  /** Calls an endpoint; a stream's items come as a list. @throws PythonError with what the client raised */
  call({ client, url, endpoint, args = [], kwargs = {}, options = {} }: PythonCall): Promise<TypedJson> {
    return this.#ask("call", { client_kind: client, url, endpoint, args, kwargs, client_options: options });
  }

  /** Runs calls of the zoo, all of sync clients or all of async ones; the results in their order. */
  zooCalls(url: string, calls: readonly Omit<ZooCall, "id" | "service">[]): Promise<readonly PythonResult[]> {
    return this.#ask("zoo_calls", { folder: zooFolder, url, calls });
  }

  /** What Python's client learns from a server's `/schema.json`. */
  endpoints(
    url: string,
    options: Readonly<Record<string, unknown>> = {},
  ): Promise<Readonly<Record<string, { route: string; doc: string | null; stream: boolean; task: boolean }>>> {
    return this.#ask("endpoints", { url, client_options: options });
  }

  isReady(url: string, options: Readonly<Record<string, unknown>> = {}): Promise<boolean> {
    return this.#ask("is_ready", { url, client_options: options });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin.end();
    await this.#closed;
    await rm(this.#home, { recursive: true, force: true });
  }

  #ask<Result>(method: string, params: object): Promise<Result> {
    if (this.#ended) return Promise.reject(this.#noAnswer());
    return new Promise<unknown>((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#child.stdin.write(`${JSON.stringify({ method, params })}\n`);
    }) as Promise<Result>;
  }

  #noAnswer(): Error {
    return new Error(`Python ended without an answer.\n${this.#stderr}`);
  }

  #answer(line: string): void {
    const answer = JSON.parse(line) as { result: unknown } | { error: ConstructorParameters<typeof PythonError>[0] };
    const waiting = this.#waiting.shift();
    if ("error" in answer) waiting?.reject(new PythonError(answer.error));
    else waiting?.resolve(answer.result);
  }
}
