import { request as send } from "node:http";
import { modelYaml, tarOfFiles } from "./made-item.js";
import type { RecordedBody, RecordedExchange, Recordings, RecordedScenario } from "./recordings.js";

/** What the server under test answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  readonly json: unknown;
}

/** Who is replaced by whom in the requests. */
export interface ReplayEnds {
  readonly url: string;
  readonly token: string;
  readonly recordings: Recordings;
}

/** Models whose bytes were too large to keep: smaller ones stand for them. Their tars travel in so many parts. */
const largeModels: Readonly<Record<string, number>> = { big: 2, huge: 3 };

/** Sends what a client sent, in its order, with what our own answers gave it in place of what it was given. */
export class Replay {
  readonly #ends: ReplayEnds;
  readonly #large = new Map<string, Buffer>();
  /** By placeholder. */
  readonly #known = new Map<string, string>();
  /** Where things are sent to and fetched from, by the recorded path. */
  readonly #urls = new Map<string, string>();
  /** By the number of the part. */
  readonly #etags = new Map<number, string>();

  constructor(ends: ReplayEnds) {
    this.#ends = ends;
  }

  /** What a placeholder stands for here. */
  valueOf(placeholder: string): string {
    return this.#filledIn(placeholder);
  }

  async send(exchange: RecordedExchange): Promise<Answer> {
    const { method, headers, body, path } = exchange.request;
    const isSigned = path.startsWith("/objects/");
    const url = isSigned ? this.#urls.get(this.#urlKey(exchange)) : `${this.#ends.url}${path}?${this.#filledIn(exchange.request.query)}`;
    if (url === undefined) throw new Error(`Nobody said where ${method} ${path} goes.`);
    const kept = headers.filter(([name]) => !/^(?:host|content-length|connection|accept-encoding)$/i.test(name));
    const response = await fetch(url, {
      method,
      redirect: "manual",
      headers: kept.map(([name, value]): [string, string] => [name, this.#filledIn(value)]),
      ...(body === null ? {} : { body: this.#bytesOf(exchange, body) as Uint8Array<ArrayBuffer> }),
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    const isJson = response.headers.get("content-type")?.startsWith("application/json") === true;
    const answer = {
      status: response.status,
      headers: response.headers,
      bytes,
      json: isJson ? (JSON.parse(bytes.toString()) as unknown) : undefined,
    };
    this.#learnFrom(exchange, answer);
    return answer;
  }

  /** Sends half of a body, and is gone. */
  async sendHalf(exchange: RecordedExchange): Promise<void> {
    const { method, path, body } = exchange.request;
    const url = path.startsWith("/objects/") ? this.#urls.get(this.#urlKey(exchange)) : `${this.#ends.url}${path}`;
    const bytes = this.#bytesOf(exchange, body ?? {});
    const headers = { "content-length": bytes.length, "x-yatai-api-token": this.#ends.token };
    const request = send(url ?? "", { method, headers }).once("error", () => {});
    request.write(bytes.subarray(0, bytes.length / 2), () => request.destroy());
    await new Promise((resolve) => request.once("close", resolve));
  }

  /** What stands for a model whose bytes were not kept. */
  #largeTar(name: string): Buffer {
    const tag = `${name}:v1`;
    const tar = this.#large.get(tag) ?? tarOfFiles({ "model.yaml": modelYaml(tag), "weights.bin": Buffer.alloc(300_000, 7) });
    this.#large.set(tag, tar);
    return tar;
  }

  #bytesOf({ request: { path } }: RecordedExchange, body: RecordedBody): Buffer {
    if (body.json !== undefined) return Buffer.from(this.#filledIn(JSON.stringify(this.#withEtags(body.json))));
    if (body.text !== undefined) return Buffer.from(body.text);
    const part = /^\/objects\/uploads\/[^/]+\/(\d+)$/.exec(path)?.[1];
    const kept = this.#ends.recordings.archives[body.sha256 ?? ""];
    if (kept !== undefined) return Buffer.from(kept, "base64");
    const name = /_repositories\/([^/]+)\//.exec(path)?.[1] ?? this.#lastName;
    const tar = this.#largeTar(name);
    if (part === undefined) return tar;
    const size = Math.ceil(tar.length / (largeModels[name] ?? 1));
    return tar.subarray((Number(part) - 1) * size, Number(part) * size);
  }

  /** Of which model the last request was that says so: parts have no name in their paths. */
  #lastName = "";

  #withEtags(json: unknown): unknown {
    if (typeof json !== "object" || json === null || !("parts" in json) || !Array.isArray(json.parts)) return json;
    const parts = json.parts.map((part: { part_number: number; etag: string }) => ({
      ...part,
      etag: this.#etags.get(part.part_number) ?? part.etag,
    }));
    return { ...json, parts };
  }

  #filledIn(text: string): string {
    const values = new Map([["<token>", this.#ends.token], ["<wrong-token>", "wrong-token"], ...this.#known]);
    return text.replaceAll(/<[a-z0-9-]+>/g, (placeholder) => values.get(placeholder) ?? placeholder);
  }

  /** The same for asking for a URL and for using it. */
  #urlKey({ request: { method, path } }: RecordedExchange): string {
    return `${method} ${path}`;
  }

  #learnFrom({ request, response }: RecordedExchange, answer: Answer): void {
    const [, kind, name, version, action] =
      /^\/api\/v1\/(model|bento)_repositories\/([^/]+)\/[a-z]+\/([^/]+)\/([a-z_]+)$/.exec(request.path) ?? [];
    if (name !== undefined) this.#lastName = name;
    const part = /^\/objects\/uploads\/[^/]+\/(\d+)$/.exec(request.path)?.[1];
    const etag = answer.headers.get("etag");
    if (part !== undefined && etag !== null) this.#etags.set(Number(part), etag);
    const [ours, recorded] = [asRecord(answer.json), asRecord(response.body?.json)];
    if (action === "start_multipart_upload" && typeof recorded["upload_id"] === "string")
      this.#known.set(recorded["upload_id"], String(ours["upload_id"]));
    if (request.path === "/api/v1/auth/code") this.#known.set("<code>", String(ours["code"]));
    const upload = ours["presigned_upload_url"];
    const download = ours["presigned_download_url"];
    if (action === "presign_multipart_upload_url") {
      const { upload_id: id, part_number: number } = asRecord(request.body?.json);
      this.#urls.set(`PUT /objects/uploads/${String(id)}/${String(number)}`, String(upload));
    } else if (typeof upload === "string" && upload !== "") this.#urls.set(`PUT /objects/${kind}/${name}/${version}`, upload);
    if (typeof download === "string" && download !== "") this.#urls.set(`GET /objects/${kind}/${name}/${version}`, download);
  }
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return (value ?? {}) as Readonly<Record<string, unknown>>;
}

/** Whether it was the recorded server's fault that answered, not the server: then the request is lost on the way. */
export function isFault({ faults }: RecordedScenario, { response: { status, body } }: RecordedExchange): boolean {
  if (faults.length === 0) return false;
  const text = body?.text ?? String(asRecord(body?.json)["error"]);
  return status === null || ![200, 400, 404].includes(status) || /injected|record not found|checksum mismatch/.test(text);
}
