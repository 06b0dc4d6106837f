import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** A member as Python's own reader lists it. */
export interface ListedMember {
  readonly name: string;
  readonly type: string;
  readonly mode: string;
}

/** What Python made of an archive. */
export interface ExpectedImport {
  readonly tag?: string;
  readonly files?: Readonly<Record<string, { readonly size: number; readonly sha256: string }>>;
  readonly directories?: Readonly<Record<string, string>>;
  readonly model_yaml?: string;
  readonly bento_yaml?: string;
  readonly creation_time?: string;
  /** Of bentos: the models that came along, by tag. */
  readonly models?: Readonly<Record<string, ExpectedImport>>;
  readonly error?: unknown;
  readonly "same as"?: string;
}

/** A fixture. */
export interface ExpectedArchive {
  readonly about: string;
  readonly kind: "model" | "bento";
  readonly container: string;
  readonly members: readonly ListedMember[] | { readonly error: unknown };
  readonly import: ExpectedImport;
  readonly "import with format"?: Readonly<Record<string, ExpectedImport>>;
}

const folder = new URL("../fixtures/archives/", import.meta.url);

/** All fixtures by name, such as `python/many-files-v1.gz`. */
export const archives: Readonly<Record<string, ExpectedArchive>> = (
  JSON.parse(readFileSync(new URL("archives.expected.json", folder), "utf8")) as { readonly archives: Record<string, ExpectedArchive> }
).archives;

/** The path of a fixture. */
export function archivePath(name: string): string {
  return fileURLToPath(new URL(name, folder));
}

/** The fixtures below a folder: `python`, `foreign` or `hard`. */
export function archivesIn(base: string): readonly string[] {
  return Object.keys(archives).filter((name) => name.startsWith(`${base}/`));
}

/** What Python takes in, by whichever format it had to be told; `undefined` where it takes it by none. */
export function pythonImport(name: string): ExpectedImport | undefined {
  const archive = archives[name] as ExpectedArchive;
  const found = [archive.import, ...Object.values(archive["import with format"] ?? {})].find((result) => result.tag !== undefined);
  return found === undefined ? undefined : resolve(found);
}

function resolve(result: ExpectedImport): ExpectedImport {
  const reference = result["same as"];
  if (reference === undefined) return result;
  const [name, format] = reference.split(" with format ") as [string, string | undefined];
  const archive = archives[name] as ExpectedArchive;
  return resolve((format === undefined ? archive.import : archive["import with format"]?.[format]) as ExpectedImport);
}

/** Paths of the members that may be executed, as the archive has them. */
export function executableMembers(name: string): ReadonlySet<string> {
  const { members } = archives[name] as ExpectedArchive;
  const listed = Array.isArray(members) ? (members as readonly ListedMember[]) : [];
  const files = listed.filter(({ type, mode }) => type === "file" && (Number.parseInt(mode, 8) & 0o100) !== 0);
  return new Set(files.map((member) => member.name.replace(/^(?:\.\/)+/, "").replace(/\/{2,}/g, "/")));
}

/** What to import: the archive, or the folder that Python's archive of a folder holds. */
export async function sourceOf(name: string, scratch: string): Promise<string> {
  if (!name.endsWith(".folder.tar")) return archivePath(name);
  await mkdir(join(scratch, "unpacked"));
  execFileSync("tar", ["--extract", "--preserve-permissions", "--file", archivePath(name), "--directory", join(scratch, "unpacked")]);
  return join(scratch, "unpacked", "folder");
}
