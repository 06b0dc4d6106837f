import { expect, test } from "vitest";
import { createClient, type Progress } from "../src/index.js";
import { type Digits, digitsSchema } from "./digits.js";
import { listen } from "./listen.js";

const text = "é".repeat(300_000);
const bytes = 600_000;

function watch(): { readonly seen: Progress[]; readonly on: (progress: Progress) => void } {
  const seen: Progress[] = [];
  return { seen, on: (progress) => void seen.push(progress) };
}

test("an upload tells how far it is, and arrives whole", async () => {
  await using server = await listen(({ body }, response) => response.end(String(body === text)));
  const upload = watch();
  const answer = await createClient<Digits>(server.url, { schema: digitsSchema }).echo(text, { onUploadProgress: upload.on });
  expect(answer).toBe("true");
  expect(upload.seen.length).toBeGreaterThan(2);
  expect(upload.seen.at(-1)).toEqual({ loadedBytes: bytes, totalBytes: bytes });
  for (const [index, { loadedBytes }] of upload.seen.entries())
    expect(loadedBytes).toBeGreaterThan(upload.seen[index - 1]?.loadedBytes ?? 0);
});

test("a download tells how far it is, and how long it is where the answer says so", async () => {
  await using server = await listen(({ body }, response) => {
    if (body === "known") response.setHeader("content-length", bytes);
    response.write(text.slice(0, 100_000));
    setImmediate(() => response.end(text.slice(100_000)));
  });
  const client = createClient<Digits>(server.url, { schema: digitsSchema });
  for (const [input, totalBytes] of [
    ["known", bytes],
    ["unknown", undefined],
  ] as const) {
    const download = watch();
    expect(await client.echo(input, { onDownloadProgress: download.on })).toBe(text);
    expect(download.seen.at(-1)).toEqual({ loadedBytes: bytes, totalBytes });
  }
});

test("an upload that is sent again begins anew", async () => {
  let failures = 1;
  await using server = await listen((_seen, response) => (failures-- > 0 ? response.destroy() : response.end("done")));
  const upload = watch();
  await createClient<Digits>(server.url, { schema: digitsSchema }).echo(text, { onUploadProgress: upload.on, idempotent: true });
  expect(upload.seen.filter(({ loadedBytes }) => loadedBytes === bytes)).toHaveLength(2);
});
