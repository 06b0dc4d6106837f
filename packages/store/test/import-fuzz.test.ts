import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BentoError, type BentoErrorCode } from "@bento/core";
import { expect, test } from "vitest";
import { FileModelStore, importModel, type StoredModel } from "../src/index.js";
import { loadCodec } from "../src/archive/codec/load-codec.js";
import { archivePath } from "./support/archive-fixtures.js";
import { modelYaml, tarOf, withManifest } from "./support/model-archive.js";
import { damaged, randomNumbers } from "./support/random-bytes.js";
import { temporaryFolder } from "./support/temporary-folder.js";

/** How long each reader is fuzzed, beyond at least {@link leastRuns}. Milliseconds. */
const fuzzMs = Number(process.env.BENTO_FUZZ_MS ?? 1000);
const leastRuns = 20;

/** All that an archive may bring forth. */
const knownCodes: readonly BentoErrorCode[] = [
  "BENTO_ARCHIVE_INVALID",
  "BENTO_ARCHIVE_UNSAFE",
  "BENTO_MODEL_INVALID",
  "BENTO_TAG_INVALID",
  "BENTO_INTEGRITY_FAILED",
];

const tar = tarOf(withManifest({ "model.yaml": modelYaml(), f: "hello ".repeat(300), "d/g": "", "d/h": Buffer.alloc(3000, 7) }));

const readers: readonly (readonly [string, readonly (() => Promise<Uint8Array> | Uint8Array)[]])[] = [
  ["tar", [() => tar, fixture("foreign/gnu-tar-posix.tar"), fixture("foreign/links-inside.tar"), fixture("foreign/git-archive.tar")]],
  [
    "zip",
    [
      fixture("python/custom-objects.zip"),
      fixture("foreign/infozip-stored.zip"),
      fixture("foreign/infozip-stream.zip"),
      fixture("foreign/zip-comment.zip"),
    ],
  ],
  ["gz", [fixture("foreign/gzip-1.gz"), fixture("foreign/gz-multimember.gz")]],
  [
    "xz",
    [
      fixture("foreign/gnu-tar-xz.bentomodel"),
      fixture("foreign/xz-multistream.bentomodel"),
      fixture("foreign/lzma-alone.bentomodel"),
      () => compressed("xz"),
    ],
  ],
  ["bz2", [fixture("foreign/gnu-tar-bzip2.tar.bz2"), fixture("foreign/bz2-multistream.bz2")]],
  ["zst", [() => compressed("zstd")]],
];

test.each(readers)(
  "whatever happens to the bytes of a %s, only known errors come out, and the store stays as it was",
  async (name, makers) => {
    await using folder = await temporaryFolder();
    const home = join(folder.path, "home");
    const store = new FileModelStore(home);
    const archives = await Promise.all(makers.map(async (make) => make()));
    // A fixed seed: what fails once fails again. The run's number tells which bytes they were.
    const random = randomNumbers(20_261_121);
    const end = performance.now() + fuzzMs;
    const counts = { refused: 0, imported: 0 };
    for (let run = 0; run < leastRuns || performance.now() < end; run += 1) {
      const bytes = damaged(archives[random(archives.length)] as Uint8Array, random);
      const what = `${name}, run ${run}: ${Buffer.from(bytes).toString("base64").slice(0, 4000)}`;
      try {
        const model: StoredModel = await importModel(bytes, { store, limits: { maxBytes: 2 ** 24, maxEntries: 1000 } });
        expect(await model.verify(), what).toMatchObject({ status: "ok" });
        await store.delete(model.tag);
        counts.imported += 1;
      } catch (error) {
        expect(BentoError.is(error) ? error.code : String(error), what).toSatisfy((code: BentoErrorCode) => knownCodes.includes(code));
        counts.refused += 1;
      }
      expect(await store.listTags(), what).toEqual([]);
      expect(existsSync(join(home, "tmp")) ? readdirSync(join(home, "tmp")) : [], what).toEqual([]);
    }
    expect(readdirSync(folder.path)).toEqual(["home"]);
    expect(counts.refused).toBeGreaterThan(0);
  },
  60_000 + 2 * fuzzMs,
);

function fixture(name: string): () => Uint8Array {
  return () => readFileSync(archivePath(name));
}

async function compressed(codec: "zstd" | "xz"): Promise<Uint8Array> {
  const input = (async function* () {
    yield tar;
  })();
  const chunks: Uint8Array[] = [];
  const options = { compression: "adaptive", maxMemory: 2 ** 28, signal: new AbortController().signal } as const;
  for await (const chunk of (await loadCodec(codec)).compress(input, options)) chunks.push(chunk);
  return Buffer.concat(chunks);
}
