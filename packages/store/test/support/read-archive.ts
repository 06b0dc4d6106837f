import { execFileSync } from "node:child_process";
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { loadCodec } from "../../src/archive/codec/load-codec.js";
import { type ArchiveFormat, archiveFormats } from "../../src/archive/format.js";
import { readZip } from "../../src/archive/container/zip-read.js";
import { defaultLimits } from "../../src/archive/rules/limits.js";
import { detectFormat } from "../../src/archive/magic.js";

/** What lies in a folder: the content of each file as latin-1, with `*` before what can be executed, and folders as `/`. */
export type Listing = Readonly<Record<string, string>>;

/** Everything below a folder. */
export function listFolder(folder: string): Listing {
  const found: Record<string, string> = {};
  for (const path of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const stat = lstatSync(join(folder, path));
    if (stat.isDirectory()) found[path] = "/";
    else if (stat.isFile()) found[path] = `${(stat.mode & 0o100) === 0 ? "" : "*"}${readFileSync(join(folder, path), "latin1")}`;
    else found[path] = "special";
  }
  return found;
}

/** What an archive holds, unpacked by `tar` after our own codec, or by our own reader of zips; checks that its magic is that of its format. */
export async function listArchive(archive: Uint8Array, format: ArchiveFormat): Promise<Listing> {
  const { codec, container } = archiveFormats[format];
  const form = detectFormat(archive);
  if (form !== (codec ?? container)) throw new Error(`A ${format} archive looks like ${form}.`);
  const folder = mkdtempSync(join(tmpdir(), "bento-unpacked-"));
  try {
    if (container === "zip") {
      await unzip(archive, folder);
      return listFolder(folder);
    }
    const tar = codec === undefined ? archive : await decompress(archive, codec);
    execFileSync("tar", ["--extract", "--preserve-permissions", "--file=-", "--directory", folder], { input: tar });
    return listFolder(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function decompress(archive: Uint8Array, name: NonNullable<(typeof archiveFormats)[ArchiveFormat]["codec"]>): Promise<Uint8Array> {
  const codec = await loadCodec(name);
  async function* whole(): AsyncGenerator<Uint8Array, void> {
    yield archive;
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of codec.decompress(whole(), { maxMemory: 2 ** 28, signal: new AbortController().signal })) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function unzip(archive: Uint8Array, folder: string): Promise<void> {
  const access = {
    size: archive.length,
    read: async (start: number, end: number) => archive.slice(start, end),
    stream: async function* stream(start: number, end: number) {
      yield archive.slice(start, end);
    },
  };
  const options = { signal: new AbortController().signal, limits: defaultLimits, maxMemory: 2 ** 28 };
  for await (const { path, kind, content, executable } of readZip(access, options)) {
    const target = join(folder, path);
    if (kind === "folder") {
      mkdirSync(target, { recursive: true });
      continue;
    }
    if (kind !== "file") throw new Error(`${path} is a ${kind}.`);
    mkdirSync(dirname(target), { recursive: true });
    await writeFile(target, content, { mode: executable ? 0o755 : 0o644 });
  }
}
