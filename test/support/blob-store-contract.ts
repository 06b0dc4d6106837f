import type { BlobStore } from "@bento/registry-server";
import { createHash, randomBytes } from "node:crypto";
import { expect, test } from "vitest";

/** What every store of blobs does; `open` gives a new, empty one to each test. */
export function blobStoreContract(open: () => Promise<BlobStore>): void {
  test("a blob comes back as it is, whole and in ranges, and can be put again", async () => {
    const store = await open();
    const { bytes, sha256 } = blob(300_000);
    expect(await store.has(sha256)).toBe(false);
    for (let time = 0; time < 2; time += 1) {
      await store.put(sha256, bytes.length, pieces(bytes));
      expect(await store.has(sha256)).toBe(true);
      expect((await gather(store.read(sha256))).equals(bytes)).toBe(true);
    }
    expect((await gather(store.read(sha256, { start: 1000 }))).equals(bytes.subarray(1000))).toBe(true);
    expect((await gather(store.read(sha256, { start: 70_000, end: 70_001 }))).equals(bytes.subarray(70_000, 70_001))).toBe(true);
    expect(await gather(store.read(sha256, { start: 5, end: 5 }))).toHaveLength(0);
  });

  test("an empty blob is one", async () => {
    const store = await open();
    const { sha256 } = blob(0);
    await store.put(sha256, 0, pieces(Buffer.alloc(0)));
    expect(await store.has(sha256)).toBe(true);
    expect(await gather(store.read(sha256))).toHaveLength(0);
  });

  test("bytes that are others, fewer or more than announced are refused, and nothing stays of them", async () => {
    const store = await open();
    const { bytes, sha256 } = blob(100_000);
    const other = Buffer.from(bytes);
    other[50_000] = (other[50_000] as number) ^ 1;
    const wrong = [other, bytes.subarray(1), Buffer.concat([bytes, Buffer.from("x")]), Buffer.alloc(0)];
    for (const sent of wrong) {
      await expect(store.put(sha256, bytes.length, pieces(sent))).rejects.toMatchObject({ code: "BENTO_INTEGRITY_FAILED" });
      expect(await store.has(sha256)).toBe(false);
    }
    expect(await listed(store)).toEqual([]);
  });

  test("a source that fails, and a caller who goes away, leave nothing", async () => {
    const store = await open();
    const { bytes, sha256 } = blob(100_000);
    const failing = async function* (): AsyncGenerator<Uint8Array, void> {
      yield bytes.subarray(0, 5000);
      throw new Error("the line is dead");
    };
    await expect(store.put(sha256, bytes.length, failing())).rejects.toThrow("the line is dead");
    const controller = new AbortController();
    const left = async function* (): AsyncGenerator<Uint8Array, void> {
      yield bytes.subarray(0, 5000);
      controller.abort();
      yield bytes.subarray(5000);
    };
    const { signal } = controller;
    await expect(store.put(sha256, bytes.length, left(), { signal })).rejects.toMatchObject({ code: "BENTO_CANCELLED" });
    expect(await store.has(sha256)).toBe(false);
    expect(await listed(store)).toEqual([]);
  });

  test("many who put the same blob at once all succeed, and leave it once", async () => {
    const store = await open();
    const { bytes, sha256 } = blob(50_000);
    await Promise.all(Array.from({ length: 8 }, () => store.put(sha256, bytes.length, pieces(bytes))));
    expect((await gather(store.read(sha256))).equals(bytes)).toBe(true);
    expect(await listed(store)).toEqual([sha256]);
  });

  test("all blobs are listed with their sizes, and a deleted one is gone", async () => {
    const store = await open();
    const blobs = Array.from({ length: 12 }, (_, index) => blob(index * 10));
    for (const { bytes, sha256 } of blobs) await store.put(sha256, bytes.length, pieces(bytes));
    const found = new Map<string, number>();
    for await (const { sha256, size, modified } of store.list()) {
      found.set(sha256, size);
      expect(Math.abs(Date.now() - modified.getTime())).toBeLessThan(3_600_000);
    }
    expect(found).toEqual(new Map(blobs.map(({ bytes, sha256 }) => [sha256, bytes.length])));
    const [first, second] = blobs as [Blob, Blob];
    await store.delete(first.sha256);
    await store.delete(first.sha256);
    expect(await store.has(first.sha256)).toBe(false);
    expect(await store.has(second.sha256)).toBe(true);
  });

  test("a blob that is not there, and a text that is no digest, are told apart", async () => {
    const store = await open();
    await expect(gather(store.read(blob(3).sha256))).rejects.toMatchObject({ code: "BENTO_NOT_FOUND" });
    for (const text of ["", "../../etc/passwd", "A".repeat(64), `${"a".repeat(64)}/..`, "a".repeat(63)]) {
      await expect(store.has(text)).rejects.toMatchObject({ code: "BENTO_BAD_REQUEST" });
      await expect(gather(store.read(text))).rejects.toMatchObject({ code: "BENTO_BAD_REQUEST" });
      await expect(store.delete(text)).rejects.toMatchObject({ code: "BENTO_BAD_REQUEST" });
      await expect(store.put(text, 1, pieces(Buffer.from("x")))).rejects.toMatchObject({ code: "BENTO_BAD_REQUEST" });
    }
  });
}

interface Blob {
  readonly bytes: Buffer;
  readonly sha256: string;
}

/** Random bytes, with their digest. */
export function blob(size: number): Blob {
  const bytes = randomBytes(size);
  return { bytes, sha256: createHash("sha256").update(bytes).digest("hex") };
}

/** Bytes as they come from a network: in pieces of odd sizes. */
export async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < bytes.length; at += 16_411) yield bytes.subarray(at, at + 16_411);
}

/** Everything that a stream brings. */
export async function gather(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const gathered: Uint8Array[] = [];
  for await (const chunk of chunks) gathered.push(chunk);
  return Buffer.concat(gathered);
}

async function listed(store: BlobStore): Promise<string[]> {
  const found: string[] = [];
  for await (const { sha256 } of store.list()) found.push(sha256);
  return found;
}
