import { createHash } from "node:crypto";
import { type BeginPush, type ContentDocument, defaultPartSize } from "@bento/registry/wire";

/** Files of a model or bento by their paths; a name with a star at its end can be executed. */
export type MadeFiles = Readonly<Record<string, Uint8Array | string>>;

/** What a `model.yaml` says that is complete. */
export function modelYaml(tag: string, { label = "one", accuracy = 0.5 } = {}): string {
  const [name, version] = tag.split(":");
  return [
    "api_version: v1",
    "context:",
    "  bentoml_version: 1.4.39",
    "  framework_name: torch",
    "  framework_versions: {}",
    "  python_version: 3.11.2",
    "creation_time: '2026-01-02T03:04:05.678901+00:00'",
    `labels: {stage: ${label}}`,
    `metadata: {accuracy: ${accuracy}}`,
    "module: ''",
    `name: ${name}`,
    "options: {}",
    "signatures: {}",
    `version: '${version}'`,
    "",
  ].join("\n");
}

/** The files of a document, as they are sent. */
export function sha256Of(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** A document of files, and its parts by their digests. */
export function contentOf(
  files: MadeFiles,
  { partSize = defaultPartSize, folders = [] as readonly string[] } = {},
): { readonly content: ContentDocument; readonly parts: ReadonlyMap<string, Uint8Array> } {
  const parts = new Map<string, Uint8Array>();
  const listed = Object.entries(files).map(([name, given]) => {
    const bytes = Buffer.from(given);
    const digests: string[] = [];
    for (let at = 0; at < bytes.length; at += partSize) {
      const part = bytes.subarray(at, at + partSize);
      digests.push(sha256Of(part));
      parts.set(sha256Of(part), part);
    }
    const path = name.replace(/\*$/, "");
    return { path, size: bytes.length, executable: name.endsWith("*"), sha256: sha256Of(bytes), parts: digests };
  });
  const sorted = listed.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  return { content: { format: 1, partSize, folders: [...folders], files: sorted }, parts };
}

/** What a push of a model begins with. */
export function beginOf(content: ContentDocument, { force = false } = {}): BeginPush {
  const manifest = { module: "", api_version: "v1", bentoml_version: "1.4.39", size_bytes: 1, metadata: {}, context: {}, options: {} };
  return { description: "", labels: [], manifest, build_at: "2026-01-02T03:04:05Z", force, content };
}

/** A tar of members as they are to stand there: nothing is checked. */
export function rawTar(members: readonly RawMember[], { end = true } = {}): Buffer {
  const blocks = members.flatMap(({ name, content = "", type = "0", link = "", mode = 0o644 }) => {
    const bytes = Buffer.from(content);
    return [header(name, bytes.length, type, link, mode), bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
  });
  return Buffer.concat(end ? [...blocks, Buffer.alloc(1024)] : blocks);
}

export interface RawMember {
  readonly name: string;
  readonly content?: Uint8Array | string;
  /** The type flag; `0`, a file, when absent. */
  readonly type?: string;
  readonly link?: string;
  readonly mode?: number;
}

/** A tar of plain files. */
export function tarOfFiles(files: MadeFiles): Buffer {
  const members = Object.entries(files).map(([name, content]): RawMember => {
    return { name: `./${name.replace(/\*$/, "")}`, content, mode: name.endsWith("*") ? 0o755 : 0o644 };
  });
  return rawTar([{ name: "./", type: "5", mode: 0o755 }, ...members]);
}

function header(name: string, size: number, type: string, link: string, mode: number): Buffer {
  const block = Buffer.alloc(512);
  const octal = (value: number, width: number): string => `${value.toString(8).padStart(width - 1, "0")}\0`;
  block.write(name, 0, 100);
  block.write(octal(mode, 8) + octal(0, 8) + octal(0, 8) + octal(size, 12) + octal(0, 12) + " ".repeat(8) + type, 100, "latin1");
  block.write(link, 157, 100);
  block.write("ustar\u000000", 257, "latin1");
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${octal(sum, 7)} `, 148, "latin1");
  return block;
}
