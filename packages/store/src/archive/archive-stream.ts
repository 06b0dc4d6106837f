import { BentoError } from "@bento/core";
import type { Tree } from "../tree/tree.js";
import { loadCodec } from "./codec/load-codec.js";
import type { Pack, PackOptions } from "./container/container.js";
import { type ArchiveFormat, archiveFormats } from "./format.js";

const packs: Readonly<Record<"tar" | "zip", () => Promise<Pack>>> = {
  tar: async () => (await import("./container/tar-pack.js")).packTar,
  zip: async () => (await import("./container/zip-pack.js")).packZip,
};

/**
 * A tree as the bytes of an archive, made while they are read.
 * @throws what the tree throws; BENTO_BAD_REQUEST for `folder`, which is no stream of bytes; BENTO_CANCELLED
 */
export async function* archiveStream(tree: Tree, format: ArchiveFormat, options: PackOptions): AsyncGenerator<Uint8Array, void> {
  const { container, codec } = archiveFormats[format];
  if (container === "folder") {
    throw new BentoError("BENTO_BAD_REQUEST", "A folder cannot be written to a stream.", { hint: "Use another format, or name a path." });
  }
  const pack = await packs[container]();
  const packed = pack(tree, options);
  if (codec === undefined) return yield* packed;
  try {
    yield* (await loadCodec(codec)).compress(packed, options);
  } finally {
    // A codec that is cancelled does not wait for its input; whoever exported a tree wants its files closed.
    await packed.return();
  }
}
