// Parts as Python's client cuts them, of 100 MiB: a registry that takes them, fails some, or never has enough.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BentoError, Tag } from "@bento/core";
import { Registry } from "@bento/registry";
import { FileModelStore } from "@bento/store";
import { tarOf } from "@bento/store/archives";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";

const home = mkdtempSync(join(tmpdir(), "bento-parts-"));
const store = new FileModelStore(home);
const partBytes = 100 * 1024 * 1024;
let size = 0;
let digests: string[] = [];

beforeAll(async () => {
  const weights = join(home, "weights");
  const file = openSync(weights, "w");
  ftruncateSync(file, 2 * partBytes + 3);
  closeSync(file);
  const model = await store.create("huge:v1", (draft) => draft.copy(weights, "weights.bin"));
  const tar = await tarOf(model.tree());
  size = tar.size;
  const parts = [0, 1, 2].map((part) => ({ start: part * partBytes, end: Math.min((part + 1) * partBytes, size) }));
  digests = await Promise.all(parts.map(async (range) => digestOf(tar.stream(range))));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

async function digestOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of chunks) hash.update(chunk);
  return hash.digest("hex");
}

/** A registry that wants parts. */
class PartsRegistry {
  /** The digest of each part as it was put, by number. */
  readonly put = new Map<number, string[]>();
  readonly calls: string[] = [];
  readonly told: unknown[] = [];
  /** What becomes of a part: its answer. */
  readonly onPart: (part: number, tries: number) => "take" | "drop" | number;

  constructor(onPart: (part: number, tries: number) => "take" | "drop" | number = () => "take") {
    this.onPart = onPart;
  }

  async serve(): Promise<Registry> {
    const server = createServer((request, response) => void this.#answer(request, response).catch(() => response.destroy()));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    });
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return new Registry({ endpoint, token: "tok", home, env: {}, retry: { retries: 2, minMs: 1, maxMs: 2 } });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? "";
    if (path.startsWith("/part/")) return this.#takePart(Number(path.slice("/part/".length)), request, response);
    let text = "";
    for await (const chunk of request) text += String(chunk);
    const json = text === "" ? undefined : (JSON.parse(text) as Record<string, unknown>);
    const step = path.split("/").at(-1) ?? "";
    this.calls.push(`${request.method} ${step}`);
    if (step.startsWith("complete") || step.startsWith("finish")) this.told.push(json);
    response.setHeader("content-type", "application/json");
    if (request.method === "GET" && step === "v1") return void response.writeHead(404).end("{}");
    const url = `http://${request.headers.host}/part/${String(json?.["part_number"])}`;
    response.end(
      JSON.stringify({ name: "huge", version: "v1", upload_id: "u", presigned_upload_url: url, transmission_strategy: "presigned_url" }),
    );
  }

  async #takePart(part: number, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const hash = createHash("sha256");
    const tries = (this.put.get(part) ?? []).length;
    const answer = this.onPart(part, tries);
    for await (const chunk of request) {
      hash.update(chunk as Uint8Array);
      if (answer === "drop") {
        this.put.set(part, [...(this.put.get(part) ?? []), "dropped"]);
        return void request.destroy();
      }
    }
    this.put.set(part, [...(this.put.get(part) ?? []), hash.digest("hex")]);
    if (typeof answer === "number") return void response.writeHead(answer).end("<Error>SlowDown</Error>");
    response.writeHead(200, { etag: `"part-${part}"` }).end();
  }
}

test("each part is what stands there in the archive, and all of them are put together in order", async () => {
  const served = new PartsRegistry();
  const states: number[] = [];
  const transfer = (await served.serve()).push("huge:v1", { store });
  for await (const { bytes, total } of transfer) {
    expect(total).toBe(size);
    states.push(bytes);
  }
  expect(await transfer).toEqual({ tag: Tag.parse("huge:v1"), outcome: "pushed", bytes: { total: size, sent: size } });
  expect([1, 2, 3].map((part) => served.put.get(part))).toEqual(digests.map((digest) => [digest]));
  const parts = [1, 2, 3].map((part) => ({ part_number: part, etag: `"part-${part}"` }));
  expect(served.told).toEqual([
    { upload_id: "u", parts },
    { status: "success", reason: "" },
  ]);
  expect(states.at(-1)).toBe(size);
});

test("a part that fails, or whose connection breaks, is sent again, and only that", async () => {
  const served = new PartsRegistry((part, tries) => (tries > 0 || part === 1 ? "take" : part === 2 ? 503 : "drop"));
  const pushing = (await served.serve()).push("huge:v1", { store });
  // What is sent again is not counted twice.
  for await (const { bytes: arrived } of pushing) expect(arrived).toBeLessThanOrEqual(size);
  const { bytes } = await pushing;
  expect(served.put.get(1)).toEqual([digests[0]]);
  expect(served.put.get(2)).toEqual([digests[1], digests[1]]);
  expect(served.put.get(3)).toEqual(["dropped", digests[2]]);
  expect(bytes.sent).toBeGreaterThan(size);
  expect(served.told.at(-1)).toEqual({ status: "success", reason: "" });
});

test("nothing is completed when a part fails for good, the last one too; the registry is told why", async () => {
  const served = new PartsRegistry((part) => (part === 3 ? 503 : "take"));
  const error = await (await served.serve()).push("huge:v1", { store }).catch((thrown: unknown) => thrown as BentoError);
  expect(error).toMatchObject({ code: "BENTO_REGISTRY_FAILED", message: expect.stringContaining("SlowDown") });
  expect(served.put.get(3)).toHaveLength(3);
  expect(served.calls).not.toContain("PATCH complete_multipart_upload");
  expect(served.told).toEqual([{ status: "failed", reason: expect.stringContaining("part 3") }]);
});

test("a push that is stopped says so, and completes nothing", async () => {
  const stop = new AbortController();
  const served = new PartsRegistry((part) => {
    if (part === 2) stop.abort();
    return "take";
  });
  const pushing = (await served.serve()).push("huge:v1", { store, signal: stop.signal });
  await expect(pushing).rejects.toMatchObject({ code: "BENTO_CANCELLED" });
  expect(served.calls).not.toContain("PATCH complete_multipart_upload");
  expect(served.told).toMatchObject([{ status: "failed" }]);
});
