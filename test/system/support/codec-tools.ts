import { createReadStream } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
// The codecs are no public names, and a model that goes through a whole export would show less of what they read and write.
// oxlint-disable no-restricted-imports
import { bzip2 } from "../../../packages/store/src/archive/codec/bzip2.js";
import { gzip } from "../../../packages/store/src/archive/codec/gzip.js";
import { zstd } from "../../../packages/store/src/archive/codec/zstd.js";
import type { Compression } from "../../../packages/store/src/archive/compression.js";
import { mixedBytes } from "../../../packages/store/test/support/codec-data.js";
// oxlint-enable no-restricted-imports
import { runCommand } from "../../support/run-command.js";

/** How the real programs read and write a compressed form; `IN` and `OUT` stand for files. */
export interface CodecTools {
  readonly codec: keyof typeof codecs;
  /** Bytes that make a few of its blocks. */
  readonly size: number;
  /** Shell commands that write `IN` compressed to `OUT`. */
  readonly writers: readonly string[];
  /** Shell commands that write the content of `IN` to `OUT`, and fail on what they do not accept. */
  readonly readers: readonly string[];
}

const compressions: readonly Compression[] = ["adaptive", "store", "fast", "best", 6];
const options = { maxMemory: 256 * 1024 * 1024, signal: new AbortController().signal };
const codecs = { bzip2, gzip, zstd };

/** Tests that the codec and the programs read each other's files. */
export function describeTools({ codec: name, size, writers, readers }: CodecTools): void {
  const codec = codecs[name];
  const inputs = { "a few blocks": mixedBytes(size), "a few bytes": mixedBytes(100), nothing: Buffer.alloc(0) };

  test.each(Object.entries(inputs))("%s, written by ours, read by each program", async (_, input) => {
    await using folder = await scratch();
    for (const compression of compressions) {
      await writeFile(folder.file("ours"), await collected(codec.compress(onePiece(input), { ...options, compression })));
      for (const reader of readers) {
        await shell(reader, folder.file("ours"), folder.file("content"));
        expect((await readFile(folder.file("content"))).equals(input)).toBe(true);
      }
    }
  });

  test.each(Object.entries(inputs))("%s, written by each program, read by ours", async (_, input) => {
    await using folder = await scratch();
    await writeFile(folder.file("content"), input);
    for (const writer of writers) {
      await shell(writer, folder.file("content"), folder.file("theirs"));
      expect((await collected(codec.decompress(createReadStream(folder.file("theirs")), options))).equals(input)).toBe(true);
    }
  });
}

async function shell(command: string, input: string, output: string): Promise<void> {
  await runCommand("bash", ["-euo", "pipefail", "-c", command], { env: { IN: input, OUT: output } });
}

async function scratch(): Promise<AsyncDisposable & { readonly file: (name: string) => string }> {
  const path = await mkdtemp(join(tmpdir(), "bento-codec-"));
  return { file: (name) => join(path, name), [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

async function* onePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  if (bytes.length > 0) yield bytes;
}

async function collected(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}
