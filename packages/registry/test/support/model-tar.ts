import { exportModel, type MemoryModelStore } from "@bento/store";

/** A model as the archive that it travels as. */
export async function tarOf(store: MemoryModelStore, tag: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  const target = new WritableStream<Uint8Array>({ write: (chunk) => void chunks.push(chunk.slice()) });
  await exportModel(tag, target, { store, format: "tar" });
  return Buffer.concat(chunks);
}

/** The archive as Python's would be: without a manifest. */
export function withoutManifest(bytes: Buffer): Buffer {
  const at = bytes.indexOf("./.manifest.json");
  const size = Number.parseInt(bytes.toString("latin1", at + 124, at + 135), 8);
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 512 + Math.ceil(size / 512) * 512)]);
}
