import { BentoError } from "@bento/core";
import { type Call, RegistryHttp, type WireAnswer } from "../api/http.js";
import { type VersionContent, versionContent } from "../wire/content.js";
import { entryOf, questionOf, versionJson, versionsJson } from "./answers.js";
import { contentPath, type IndexEntry, indexName, maxIndexBytes, partPath, staticIndex, type StaticIndex, staticScheme } from "./layout.js";

/** How long an index counts as the present one: a pull asks several things of it. Milliseconds. */
const indexMs = 2000;
/** Bytes of a content: 65,536 parts and as many files. */
const maxContentBytes = 64 * 1024 * 1024;

/**
 * A folder of files as a registry of ours that is only read: what the API would answer is made of the index; contents and
 * parts are files. So everything that asks registries can ask it: pull, list, get, and services at their start.
 *
 * It is asked without a token, and trusted as little as any registry.
 */
export class StaticHttp extends RegistryHttp {
  readonly #files: RegistryHttp;
  #index: { readonly value: Promise<StaticIndex>; readonly since: number } | undefined;

  /** @param endpoint `static+https://host/path` @throws BENTO_CONFIG_INVALID */
  constructor(endpoint: string) {
    const files = { endpoint: endpoint.slice(staticScheme.length), token: undefined };
    super(files);
    this.#files = new RegistryHttp(files);
  }

  /** Contents travel as between two of ours. */
  override get peer(): "ours" {
    return "ours";
  }

  /** @throws BENTO_FORBIDDEN for what would change it, and what {@link RegistryHttp.send} throws */
  override async send(call: Call): Promise<WireAnswer> {
    const question = questionOf(call);
    switch (question?.kind) {
      case undefined:
        throw this.#readOnly(call);
      case "part":
        return this.#files.send(this.#fileCall(call, partPath(question.sha256)));
      case "content":
        return jsonAnswer(await this.#content(call, this.#required(call, entryOf(await this.#readIndex(call), question))));
      case "version":
        return jsonAnswer(versionJson(this.#required(call, entryOf(await this.#readIndex(call), question))));
      case "repository":
        this.#required(call, entryOf(await this.#readIndex(call), { ...question, version: "latest" }));
        return jsonAnswer({ name: question.name, description: "" });
      case "versions": {
        const { noun, name } = question;
        return jsonAnswer(this.#required(call, versionsJson(await this.#readIndex(call), noun, name, call.query ?? {})));
      }
    }
  }

  async #content(call: Call, entry: IndexEntry): Promise<VersionContent> {
    const content = await this.#files.json(this.#fileCall(call, contentPath(entry.digest)), versionContent, maxContentBytes);
    if (content.digest === entry.digest) return content;
    throw new BentoError("BENTO_INTEGRITY_FAILED", `${JSON.stringify(this.endpoint)} gives another content than its index names.`, {
      hint: "Nothing was stored. Export the folder again, or ask whoever runs the server.",
    });
  }

  async #readIndex(call: Call): Promise<StaticIndex> {
    const now = Date.now();
    if (this.#index === undefined || now - this.#index.since > indexMs) {
      const value = this.#files.json({ ...this.#fileCall(call, indexName), what: "tell what there is" }, staticIndex, maxIndexBytes);
      this.#index = { value, since: now };
    }
    try {
      return await this.#index.value;
    } catch (error) {
      this.#index = undefined;
      throw error;
    }
  }

  /** The call of a file instead of the API's own. */
  #fileCall({ what, headers, accept, idleMs, signal }: Call, path: string): Call {
    return { method: "GET", path: `/${path}`, what, headers, accept, idleMs, signal, absent: "BENTO_NOT_FOUND" };
  }

  #required<T>({ absent = "BENTO_NOT_FOUND", what }: Call, found: T | undefined): T {
    if (found !== undefined) return found;
    throw new BentoError(absent, `${JSON.stringify(this.endpoint)} has nothing of that name, and cannot ${what}.`, {
      hint: "Look what there is: `bento models list --remote`.",
    });
  }

  #readOnly({ what }: Call): BentoError {
    return new BentoError("BENTO_FORBIDDEN", `${JSON.stringify(this.endpoint)} is a folder of files, and cannot ${what}.`, {
      hint: "Write it with `bento registry export-static`.",
    });
  }
}

function jsonAnswer(value: unknown): WireAnswer {
  const bytes = Buffer.from(JSON.stringify(value));
  return { status: 200, headers: { "content-type": "application/json" }, body: once(bytes), discard: () => {} };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  yield bytes;
}
