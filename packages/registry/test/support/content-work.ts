import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FileBentoStore, FileModelStore, type Progress, type StoredModel } from "@bento/store";
import { RegistryHttp } from "../../src/api/http.js";
import { type ExactTag, RegistryApi } from "../../src/api/registry-api.js";
import { pullContent } from "../../src/content/pull-content.js";
import { pushContent } from "../../src/content/push-content.js";
import type { PushOutcome } from "../../src/protocol.js";

export const mib = 1024 * 1024;
/** The path of `clf:v1`. */
export const versionPath = "/api/v1/model_repositories/clf/models/v1";

/** What a push or pull is told besides the model. */
export interface WorkOptions {
  readonly signal?: AbortSignal;
  readonly force?: boolean;
  readonly retries?: number;
  readonly report?: (progress: Progress) => void;
}

/** A machine: a home of its own, and the way to a registry. */
export class Machine implements AsyncDisposable {
  readonly store: FileModelStore;
  readonly home: string;
  readonly #folder: string;
  readonly #url: () => string;

  private constructor(folder: string, url: () => string) {
    this.#folder = folder;
    this.home = join(folder, "home");
    this.store = new FileModelStore(this.home);
    this.#url = url;
  }

  /** @param url asked for each time, as a test may put something between */
  static async make(url: () => string): Promise<Machine> {
    return new Machine(await mkdtemp(join(tmpdir(), "bento-machine-")), url);
  }

  /** Saves a model with random files of so many bytes each. */
  save(tag: string, files: Readonly<Record<string, number | Uint8Array>>): Promise<StoredModel> {
    return this.store.create(tag, async (draft) => {
      for (const [path, content] of Object.entries(files)) {
        await draft.write(path, typeof content === "number" ? randomBytes(content) : content, { executable: path.endsWith(".sh") });
      }
    });
  }

  async push(
    model: StoredModel,
    { signal = new AbortController().signal, force = false, ...options }: WorkOptions = {},
  ): Promise<PushOutcome> {
    return pushContent({
      api: this.#api(signal, options.retries),
      noun: "model",
      tag: model.tag as ExactTag,
      tree: model.tree(),
      folder: model.path,
      record: { description: "", labels: [], manifest: {}, build_at: "2026-01-01 00:00:00.000000" },
      force,
      report: options.report ?? (() => {}),
      parallel: 10,
      home: this.home,
      signal,
    });
  }

  async pull(tag: string, { signal = new AbortController().signal, force = false, ...options }: WorkOptions = {}): Promise<StoredModel> {
    const { Tag } = await import("@bento/core");
    const { item } = await pullContent({
      api: this.#api(signal, options.retries),
      noun: "model",
      tag: Tag.parse(tag) as ExactTag,
      version: undefined,
      models: this.store,
      bentos: new FileBentoStore(this.home),
      existing: force ? "replace" : "error",
      report: options.report ?? (() => {}),
      parallel: 10,
      home: this.home,
      signal,
    });
    return item as StoredModel;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }

  #api(signal: AbortSignal, retries = 8): RegistryApi {
    return new RegistryApi(new RegistryHttp({ endpoint: this.#url(), token: "secret-token" }), {
      retry: { retries, minMs: 1, maxMs: 5 },
      signal,
    });
  }
}

/** The files of a model with their content. */
export async function contentsOf(model: StoredModel): Promise<ReadonlyMap<string, string>> {
  const entries = await model.tree().entries();
  const found = new Map<string, string>();
  for (const entry of entries) {
    if (entry.kind === "folder") found.set(`${entry.path}/`, "");
    else found.set(`${entry.path}${entry.executable ? "*" : ""}`, Buffer.from(await model.read(entry.path)).toString("latin1"));
  }
  return found;
}
