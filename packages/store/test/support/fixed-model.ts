import { chmod, mkdir, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** A model whose every byte is fixed: what compresses and what does not, odd names, an empty file and an empty folder. */
export const fixedModel = {
  tag: "fixed:1.0",
  files: new Map<string, Uint8Array>([
    ["model.yaml", text(yaml())],
    ["assets/empty.bin", new Uint8Array(0)],
    ["assets/vocabulary.txt", text(words(10_000))],
    ["assets/ünïcode 名前.json", text('{"classes": ["a", "b"]}\n')],
    [`deep/${"long-".repeat(24)}name/${"x".repeat(120)}.txt`, text("a path that no ustar header can hold\n")],
    ["run.sh", text("#!/bin/sh\necho run\n")],
    ["weights.bin", noise(1_100_000)],
  ]) as ReadonlyMap<string, Uint8Array>,
  executables: new Set(["run.sh"]) as ReadonlySet<string>,
  emptyFolder: "nothing/in/here",
} as const;

/** Writes the fixed model into a home, its times now; answers the model's folder. */
export async function writeFixedModel(home: string): Promise<string> {
  const folder = join(home, "models", "fixed", "1.0");
  for (const [path, bytes] of fixedModel.files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), bytes);
    await utimes(join(folder, path), Math.random() * 1e9, Math.random() * 1e9);
  }
  for (const path of fixedModel.executables) await chmod(join(folder, path), 0o755);
  await mkdir(join(folder, fixedModel.emptyFolder), { recursive: true });
  return folder;
}

function text(content: string): Uint8Array {
  return new TextEncoder().encode(content);
}

function yaml(): string {
  return [
    "api_version: v1",
    "context:",
    "  bentoml_version: 1.4.39",
    "  framework_name: ''",
    "  framework_versions: {}",
    "  python_version: 3.11.2",
    "creation_time: '2026-01-02T03:04:05.678901+00:00'",
    "labels:",
    "  team: vision",
    "metadata:",
    "  accuracy: 0.984",
    "module: ''",
    "name: fixed",
    "options: {}",
    "signatures: {}",
    "unknown_to_us: [kept, as, it, is]",
    "version: '1.0'",
    "",
  ].join("\n");
}

/** Bytes that do not compress, always the same. */
function noise(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = 0x9e37_79b9;
  for (let index = 0; index < length; index += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[index] = state;
  }
  return bytes;
}

/** Text that compresses as text does, always the same. */
function words(count: number): string {
  const kinds = ["the", "model", "learns", "of", "every", "token", "embedding", "and", "weight", "layer", "\n"];
  return Array.from(noise(count), (byte) => kinds[byte % kinds.length]).join(" ");
}
