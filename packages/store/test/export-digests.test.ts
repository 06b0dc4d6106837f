import { createHash } from "node:crypto";
import { join } from "node:path";
import { expect, test } from "vitest";
import { exportModel, FileModelStore, MemoryModelStore, type ModelStore } from "../src/index.js";
import { type ArchiveFormat, formatsOf } from "../src/archive/format.js";
import { modelKind } from "../src/model/model-kind.js";
import { fixedModel, writeFixedModel } from "./support/fixed-model.js";
import { temporaryFolder } from "./support/temporary-folder.js";

/**
 * SHA-256 of the fixed model's archives. They are the same on every machine and in every run; a change here means that
 * archives written before and after differ, which must be meant.
 */
const digests: Readonly<Partial<Record<ArchiveFormat, string>>> = {
  bentomodel: "d243d7bcc45f107e2a580996e6bb2eda43d75e3ec318192a8201912ced9e3fae",
  gz: "13c5c20af39b8977e2dd5264c4fd7113f686eb4ad0fae87ce18f8a8f5c7ccd73",
  xz: "d243d7bcc45f107e2a580996e6bb2eda43d75e3ec318192a8201912ced9e3fae",
  bz2: "8b6b6f8dd66d11b078cbfb5988e491b55aa8bcf38c16eabf77186f07f132fba2",
  zst: "e8a336b79b9a08c96948b287c255f30888c835e6c4f5fc3d0f14a3208e4d6032",
  tar: "1ceab02d7bfba3c5d6e26d3c63eefa67b9111dc7ee097db81a9f5c15717f2005",
  zip: "799c450fc272b0c998890079a15254fc0a7af11e26656b024c4113b164f68027",
};

async function filled(store: MemoryModelStore): Promise<MemoryModelStore> {
  await using draft = await store.importDraft();
  // In another order than on the disk.
  for (const [path, bytes] of [...fixedModel.files].toReversed()) {
    await draft.write(path, bytes, { executable: fixedModel.executables.has(path) });
  }
  await draft.mkdir(fixedModel.emptyFolder);
  const info = modelKind.parse(fixedModel.files.get("model.yaml") as Uint8Array, "model.yaml");
  await draft.commit({ tag: info.tag as typeof info.tag & { readonly version: string }, info }, { existing: "error" });
  return store;
}

async function digestOf(store: ModelStore, format: ArchiveFormat, maxMemory?: number): Promise<string> {
  const hash = createHash("sha256");
  const stream = new WritableStream<Uint8Array>({ write: (chunk) => void hash.update(chunk) });
  await exportModel(fixedModel.tag, stream, { store, format, maxMemory });
  return hash.digest("hex");
}

test.each(formatsOf("bentomodel").filter((format) => format !== "folder"))(
  "the fixed model has the same bytes everywhere, as %s",
  { timeout: 60_000 },
  async (format) => {
    await using folder = await temporaryFolder();
    await using memory = await filled(new MemoryModelStore());
    const disk = new FileModelStore(join(folder.path, "home"));
    await writeFixedModel(disk.location);
    const found = [await digestOf(disk, format), await digestOf(memory, format), await digestOf(disk, format, 1)];
    expect(found).toEqual(Array.from({ length: 3 }, () => digests[format]));
  },
);
