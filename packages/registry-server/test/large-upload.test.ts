import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { expect, test } from "vitest";
import { startContentServer } from "./support/content-server.js";
import { modelYaml, rawTar } from "./support/made-item.js";

const mib = 1024 * 1024;
const size = 448 * mib;

/** A tar whose one large file is made while it is sent: random at first, and other bytes in each part. */
async function* largeTar(): AsyncGenerator<Uint8Array, void> {
  const whole = rawTar(
    [
      { name: "model.yaml", content: modelYaml("m:v1") },
      { name: "w.bin", content: "" },
    ],
    { end: false },
  );
  // The header of an empty file, made that of a large one.
  const header = whole.subarray(-512);
  header.write(`${size.toString(8).padStart(11, "0")}\0`, 124, "latin1");
  header.fill(0x20, 148, 156);
  header.write(
    `${header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, "0")}\0 `,
    148,
    "latin1",
  );
  yield whole;
  const random = randomBytes(mib);
  for (let sent = 0; sent < size; sent += mib) {
    const chunk = Buffer.from(random);
    chunk.writeUInt32LE(sent / mib, 0);
    yield chunk;
  }
  yield Buffer.alloc(1024);
}

test("a model that is much larger than the memory it may take is uploaded and downloaded", async () => {
  await using server = await startContentServer();
  const about = { description: "", labels: [], manifest: {}, buildAt: "2026-01-02T03:04:05Z" };
  await server.catalog.createVersion("model", "m", "v1", about);
  let peak = 0;
  const before = process.memoryUsage().rss;
  const look = (): void => void (peak = Math.max(peak, process.memoryUsage().rss - before));
  const watching = setInterval(look, 20);
  const url = `${server.url}/api/v1/model_repositories/m/models/v1`;
  const headers = { "x-yatai-api-token": server.token };
  // Not by fetch, which keeps all that it sends.
  const sending = request(`${url}/upload`, { method: "PUT", headers });
  const answered = once(sending, "response") as Promise<[IncomingMessage]>;
  await pipeline(Readable.from(largeTar(), { objectMode: false }), sending);
  const [uploaded] = await answered;
  expect(uploaded.statusCode).toBe(200);
  uploaded.resume();
  const downloaded = await fetch(`${url}/download`, { headers });
  let bytes = 0;
  for await (const chunk of downloaded.body ?? []) bytes += (chunk as Uint8Array).length;
  clearInterval(watching);
  expect(bytes).toBeGreaterThan(size);
  expect(downloaded.headers.get("content-length")).toBe(String(bytes));
  // Both ends are in this process.
  expect(peak / mib).toBeLessThan(300);
});
