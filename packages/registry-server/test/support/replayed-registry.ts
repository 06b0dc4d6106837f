import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ItemKind } from "../../src/catalog/catalog.js";
import { createCatalog } from "../../src/catalog/create-catalog.js";
import { openSqlite } from "../../src/database/sqlite.js";
import { openRegistryTokens } from "../../src/registry-data.js";
import { serveRegistry } from "../../src/serve-registry.js";
import type { RecordedRemote, RecordedScenario, Recordings } from "./recordings.js";

/** A registry of its own for one scenario. */
export class ReplayedRegistry implements AsyncDisposable {
  readonly url: string;
  readonly token: string;
  readonly #folder: string;
  readonly #recordings: Recordings;
  readonly #close: () => Promise<void>;

  private constructor(parts: { url: string; token: string; folder: string; recordings: Recordings; close: () => Promise<void> }) {
    this.url = parts.url;
    this.token = parts.token;
    this.#folder = parts.folder;
    this.#recordings = parts.recordings;
    this.#close = parts.close;
  }

  static async start({ strategy }: RecordedScenario, recordings: Recordings): Promise<ReplayedRegistry> {
    const folder = await mkdtemp(join(tmpdir(), "bento-replay-"));
    await using tokens = await openRegistryTokens({ data: folder });
    const { token } = await tokens.create({ name: "ann@example.com", scope: "admin" });
    const transmission = strategy === "proxy" || strategy === "undecided" ? "proxy" : "presigned_url";
    const quiet = (): void => {};
    const server = await serveRegistry({ data: folder, port: 0, transmission, logger: { info: quiet, warn: quiet, error: quiet } });
    return new ReplayedRegistry({ url: server.url, token, folder, recordings, close: () => server.close(1000) });
  }

  async ask(method: string, path: string, body?: Uint8Array | object): Promise<void> {
    const sent = body === undefined ? {} : { body: body instanceof Uint8Array ? Buffer.from(body) : JSON.stringify(body) };
    const response = await fetch(this.url + path, { method, headers: { "x-yatai-api-token": this.token }, ...sent });
    if (response.status !== 200) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    await response.arrayBuffer();
  }

  /** Pushes what lay on the server before a scenario, as Python's client does. */
  async push(remote: RecordedRemote): Promise<void> {
    for (const [kind, tag] of tagsOf(remote)) {
      await this.register(kind, tag);
      await this.ask("PUT", `${rootOf(kind, tag)}/upload`, this.archive(kind, tag));
    }
  }

  /** Makes a version that has no bytes yet. */
  async register(kind: ItemKind, tag: string): Promise<void> {
    const [name = "", version] = tag.split(":");
    await this.ask("POST", `/api/v1/${kind}_repositories`, { name, description: "" });
    await this.ask("POST", `/api/v1/${kind}_repositories/${name}/${kind}s`, this.#aboutOf(kind, name, version));
  }

  /** The tar of a version. */
  archive(kind: ItemKind, tag: string): Buffer {
    const path = `${rootOf(kind, tag)}/upload`;
    const exchanges = this.#recordings.scenarios.flatMap(({ requests_sent: sent }) => sent);
    const upload = exchanges.find(({ request }) => request.path === path && request.body?.sha256 !== undefined);
    return Buffer.from(this.#recordings.archives[upload?.request.body?.sha256 ?? ""] ?? "", "base64");
  }

  /** Status of every version by its tag, whatever it is. */
  async remote(): Promise<RecordedRemote> {
    const database = await openSqlite(join(this.#folder, "registry.db"));
    try {
      const catalog = createCatalog(database);
      const of = async (kind: ItemKind) =>
        Object.fromEntries(
          (await catalog.versions(kind, { unfinished: true })).items.map(({ name, version, uploadStatus }) => [
            `${name}:${version}`,
            uploadStatus,
          ]),
        );
      return { models: await of("model"), bentos: await of("bento") };
    } finally {
      await database.close();
    }
  }

  #aboutOf(kind: ItemKind, name: string, version: string | undefined): object {
    const path = `/api/v1/${kind}_repositories/${name}/${kind}s`;
    const exchanges = this.#recordings.scenarios.flatMap(({ requests_sent: sent }) => sent);
    const made = exchanges.find(({ request }) => {
      const json = request.body?.json as { version?: string } | undefined;
      return request.method === "POST" && request.path === path && json?.version === version;
    });
    return made?.request.body?.json as object;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** `/api/v1/model_repositories/tiny/models/v1` */
export function rootOf(kind: ItemKind, tag: string): string {
  return `/api/v1/${kind}_repositories/${tag.replace(":", `/${kind}s/`)}`;
}

function tagsOf({ models, bentos }: RecordedRemote): readonly (readonly [ItemKind, string])[] {
  return [...Object.keys(models).map((tag) => ["model", tag] as const), ...Object.keys(bentos).map((tag) => ["bento", tag] as const)];
}
