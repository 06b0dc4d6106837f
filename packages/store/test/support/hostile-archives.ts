import { modelYaml, withManifest } from "./model-archive.js";
import { type RawTarMember, rawTar } from "./raw-tar.js";
import { type RawZipEntry, rawZip } from "./raw-zip.js";

/** What an import must say: a code and what the message names, or the model with the files that are no threat. */
export type Verdict = readonly [code: string, message: RegExp] | { readonly harmless: readonly string[] };

/** An archive that somebody made to do harm. */
export interface HostileArchive {
  readonly about: string;
  readonly container: "tar" | "zip";
  readonly bytes: () => Uint8Array;
  readonly verdict: Verdict;
}

const yaml = modelYaml("bad", "v1");
const unsafe = "BENTO_ARCHIVE_UNSAFE";
const invalid = "BENTO_ARCHIVE_INVALID";
const base: readonly RawTarMember[] = [
  { name: "model.yaml", content: yaml },
  { name: "f", content: "hello" },
];
const zipBase: readonly RawZipEntry[] = [
  { name: "model.yaml", content: yaml },
  { name: "f", content: "hello" },
];

function tar(about: string, members: readonly RawTarMember[], verdict: Verdict): HostileArchive {
  return { about, container: "tar", bytes: () => rawTar([...base, ...members]), verdict };
}

function zip(about: string, entries: readonly RawZipEntry[], verdict: Verdict): HostileArchive {
  return { about, container: "zip", bytes: () => rawZip([...zipBase, ...entries]), verdict };
}

/** One and the same name in both containers. */
function named(about: string, name: string, verdict: Verdict): readonly HostileArchive[] {
  return [tar(about, [{ name, content: "x" }], verdict), zip(about, [{ name, content: "x" }], verdict)];
}

function folders(count: number): string {
  return Array.from({ length: count }, () => "d").join("/");
}

const names: readonly HostileArchive[] = [
  ...named("a parent", "../evil", [unsafe, /"\.\.\/evil"/]),
  ...named("a parent behind folders", "a/b/../../../evil", [unsafe, /"a\/b\/\.\.\/\.\.\/\.\.\/evil"/]),
  ...named("a parent that comes back", "../home/evil", [unsafe, /"\.\.\/home\/evil"/]),
  ...named("an absolute name", "/tmp/evil", [unsafe, /"\/tmp\/evil"/]),
  ...named("a network name", "//host/evil", [unsafe, /"\/\/host\/evil"/]),
  ...named("a drive", "C:\\evil", [unsafe, /"C:\\\\evil"/]),
  ...named("a drive and a parent", "C:..\\evil", [unsafe, /"C:\.\.\\\\evil"/]),
  ...named("a device path of Windows", "\\\\?\\C:\\evil", [unsafe, /Windows/]),
  ...named("parents of Windows", "a\\..\\..\\evil", [unsafe, /Windows/]),
  ...named("300 characters", "n".repeat(300), [unsafe, /255 bytes/]),
  tar("40,000 folders", [{ name: folders(40_000) }], [unsafe, /maxPathBytes/]),
  zip("30,000 folders, which is what fits", [{ name: folders(30_000) }], [unsafe, /maxPathBytes/]),
  ...named("70 folders", `${"d/".repeat(70)}f`, [unsafe, /maxDepth/]),
  ...named("a line feed", "a\nb", { harmless: ["a\nb"] }),
  ...named("a carriage return", "a\rb", { harmless: ["a\rb"] }),
  ...named("an escape sequence", "\u001b[2Ja", { harmless: ["\u001b[2Ja"] }),
  ...named("a name that looks decoded twice", "%2e%2e/evil", { harmless: ["%2e%2e/evil"] }),
  ...named("a name from right to left", "\u202eexe.txt", { harmless: ["\u202eexe.txt"] }),
  ...named("a key of prototypes", "__proto__", { harmless: ["__proto__"] }),
  tar("a NUL in a pax name", [{ name: "a", pax: { path: "a\0b" } }], [unsafe, /NUL/]),
  zip("a NUL", [{ name: "a\0b" }], [unsafe, /NUL/]),
  tar("no name", [{ name: "" }], [unsafe, /""|empty/]),
  zip("no name", [{ name: "" }], [unsafe, /""|empty/]),
  tar("bytes that are no UTF-8", [{ name: Buffer.from([0x63, 0xe9]) }], [unsafe, /UTF-8/]),
  tar("a parent in the prefix field", [{ name: "evil", prefix: ".." }], [unsafe, /"\.\.\/evil"/]),
  tar("a parent in a pax header over a harmless name", [{ name: "ok", pax: { path: "../evil" } }], [unsafe, /"\.\.\/evil"/]),
  tar("a pax name of digits", [{ name: "x", pax: { path: "1234567890" } }], { harmless: ["1234567890"] }),
  zip("another name in the local header", [{ name: "ok", localName: "../evil" }], [unsafe, /"ok"|evil/]),
];

const links: readonly HostileArchive[] = [
  tar("a link out, then a file through it", [{ name: "l", type: "2", link: "/tmp" }, { name: "l/evil" }], [unsafe, /"l"/]),
  tar(
    "a link to a folder, then a file through it",
    [{ name: "d/x" }, { name: "l", type: "2", link: "d" }, { name: "l/y" }],
    [unsafe, /"l\/y"/],
  ),
  tar(
    "a folder that becomes a link",
    [{ name: "d", type: "5" }, { name: "d", type: "2", link: "/tmp" }, { name: "d/evil" }],
    [unsafe, /"d"/],
  ),
  tar(
    "a link that becomes a folder",
    [
      { name: "d", type: "2", link: "/tmp" },
      { name: "d", type: "5" },
    ],
    [unsafe, /"d"/],
  ),
  tar("a link out", [{ name: "l", type: "2", link: "../../evil" }], [unsafe, /"l".*leads out/]),
  tar("an absolute link", [{ name: "l", type: "2", link: "/etc/passwd" }], [unsafe, /"\/etc\/passwd"/]),
  tar("a link to a drive", [{ name: "l", type: "2", link: "C:../evil" }], [unsafe, /"l"/]),
  tar("a hard link out", [{ name: "l", type: "1", link: "../evil" }], [unsafe, /"l".*leads out/]),
  tar("an absolute hard link", [{ name: "l", type: "1", link: "/etc/passwd" }], [unsafe, /"\/etc\/passwd"/]),
  tar(
    "a hard link by way of a link out",
    [
      { name: "s", type: "2", link: "/etc/passwd" },
      { name: "l", type: "1", link: "s" },
    ],
    [unsafe, /"s"/],
  ),
  tar(
    "a circle",
    [
      { name: "a", type: "2", link: "b" },
      { name: "b", type: "2", link: "a" },
    ],
    [unsafe, /"a"/],
  ),
  tar("a link to nothing", [{ name: "l", type: "2", link: "" }], [unsafe, /"l"/]),
  tar("a link to a file inside, by a detour", [{ name: "l", type: "2", link: "d/../f" }], { harmless: ["l"] }),
  zip("a link out", [{ name: "l", mode: 0o120777, content: "../../evil", stored: true }], [unsafe, /"l"/]),
  zip("an absolute link", [{ name: "l", mode: 0o120777, content: "/etc/passwd", stored: true }], [unsafe, /"l"/]),
];

const kinds: readonly HostileArchive[] = [
  tar("a character device", [{ name: "dev", type: "3" }], [unsafe, /"dev"/]),
  tar("a block device", [{ name: "dev", type: "4" }], [unsafe, /"dev"/]),
  tar("a FIFO", [{ name: "pipe", type: "6" }], [unsafe, /"pipe"/]),
  zip("a FIFO", [{ name: "pipe", mode: 0o010644 }], [unsafe, /"pipe"/]),
  zip("a device", [{ name: "dev", mode: 0o020644 }], [unsafe, /"dev"/]),
  zip("a socket", [{ name: "socket", mode: 0o140644 }], [unsafe, /"socket"/]),
  tar("setuid", [{ name: "suid", mode: 0o6755 }], { harmless: ["suid"] }),
  zip("setuid", [{ name: "suid", mode: 0o106755 }], { harmless: ["suid"] }),
  tar("a name twice", [{ name: "f", content: "other" }], [unsafe, /"f": it comes twice/]),
  zip("a name twice", [{ name: "f", content: "other" }], [unsafe, /"f"/]),
  tar("the document twice", [{ name: "./model.yaml", content: modelYaml("other", "v9") }], [unsafe, /model\.yaml/]),
  zip("the document twice", [{ name: "./model.yaml", content: modelYaml("other", "v9") }], [unsafe, /model\.yaml/]),
  tar("a file below a file", [{ name: "f/x" }], [unsafe, /"f\/x"/]),
  zip("a file below a file", [{ name: "f/x" }], [unsafe, /"f\/x"/]),
  tar("a folder over a file", [{ name: "f", type: "5" }], [unsafe, /"f"/]),
];

const sizes: readonly HostileArchive[] = [
  tar("a negative size in octal", [{ name: "n", size: "-0000000001\0" }], [invalid, /./]),
  tar("a negative size in base 256", [{ name: "n", size: Buffer.alloc(12, 0xff) }], [invalid, /./]),
  tar("a size beyond every number", [{ name: "n", size: Buffer.from("807fffffffffffffffffffff", "hex") }], [invalid, /./]),
  tar("a size of blanks and letters", [{ name: "n", size: "zzzzzzzzzzz\0" }], [invalid, /./]),
  tar("a size that the archive does not have", [{ name: "n", size: 1_000_000 }], [invalid, /cut off/]),
  tar("a terabyte and more, announced", [{ name: "n", size: Buffer.from("800000000000020000000000", "hex") }], [unsafe, /maxBytes/]),
  tar("a negative size in a pax header", [{ name: "n", pax: { size: "-1" } }], [invalid, /./]),
  tar("a size in a pax header that is no number", [{ name: "n", pax: { size: "1e3" } }], [invalid, /./]),
  tar("a size in a pax header that the archive does not have", [{ name: "n", pax: { size: "99999999" } }], [invalid, /./]),
  tar("a hole larger than every disk", [sparse("9007199254740991")], [unsafe, /maxBytes/]),
  tar("a negative hole", [sparse("-5")], [invalid, /./]),
  tar("a pax header in itself", [{ name: "p", type: "x", content: "5 x\n9" }], [invalid, /./]),
  tar("a pax record that claims more than there is", [{ name: "p", type: "x", content: "999 path=x\n" }, { name: "f2" }], [invalid, /./]),
  tar("a GNU long name that never ends", [{ name: "././@LongLink", type: "L", size: 2 ** 30 }], [invalid, /./]),
  tar(
    "GNU long names one after the other",
    Array.from({ length: 5 }, () => ({ name: "././@LongLink", type: "L", content: "x\0" })),
    [invalid, /./],
  ),
  zip("a size that is less than the content", [{ name: "n", content: "0123456789", size: 5 }], [invalid, /"n"/]),
  zip("a size that is more than the content", [{ name: "n", content: "0123456789", size: 50 }], [invalid, /"n"/]),
  zip("entries that overlap", [{ name: "n", content: "hello", sameAs: 1 }], [unsafe, /"n"|share|overlap/]),
  zip("a zip64 record that lies", [{ name: "n", size: 0xffffffff, extra: zip64(2n ** 63n) }], [invalid, /./]),
  { about: "more entries than there are", container: "zip", bytes: () => rawZip(zipBase, { entryCount: 60_000 }), verdict: [invalid, /./] },
  zip("a zip inside, which stays one", [{ name: "42.zip", content: rawZip(zipBase) }], { harmless: ["42.zip"] }),
];

const wholeness: readonly HostileArchive[] = [
  {
    about: "bytes after the end",
    container: "tar",
    bytes: () => Buffer.concat([rawTar(base), Buffer.alloc(512, "x")]),
    verdict: [invalid, /./],
  },
  {
    about: "another archive after the end",
    container: "tar",
    bytes: () => Buffer.concat([rawTar(base), rawTar([{ name: "g" }])]),
    verdict: [invalid, /./],
  },
  {
    about: "bytes after the end",
    container: "zip",
    bytes: () => Buffer.concat([rawZip(zipBase), Buffer.alloc(512, "x")]),
    verdict: [invalid, /./],
  },
  { about: "cut in a member", container: "tar", bytes: () => rawTar(base).subarray(0, 600), verdict: [invalid, /cut off/] },
  { about: "cut in the directory", container: "zip", bytes: () => rawZip(zipBase).subarray(0, -30), verdict: [invalid, /./] },
  {
    about: "a wrong digest",
    container: "tar",
    bytes: () => rawTar([...manifested({ "model.yaml": yaml, f: "hello" }, { f: "jello" })]),
    verdict: ["BENTO_INTEGRITY_FAILED", /"f"/],
  },
  {
    about: "the right digest with a wrong size",
    container: "tar",
    bytes: () => {
      const files = withManifest({ "model.yaml": yaml, f: "hello" });
      const manifest = String(files[".manifest.json"]).replace('"size": 5,', '"size": 6,');
      return rawTar(Object.entries({ ...files, ".manifest.json": manifest }).map(([name, content]) => ({ name, content })));
    },
    verdict: ["BENTO_INTEGRITY_FAILED", /"f"/],
  },
  {
    about: "a manifest that names a file outside",
    container: "tar",
    bytes: () =>
      rawTar([
        ...base,
        { name: ".manifest.json", content: '{"version":1,"files":[{"path":"../x","size":0,"sha256":"' + "0".repeat(64) + '"}]}' },
      ]),
    verdict: ["BENTO_INTEGRITY_FAILED", /"\.\.\/x"/],
  },
  {
    about: "a tag that leads out",
    container: "tar",
    bytes: () => rawTar([{ name: "model.yaml", content: modelYaml("../../evil", "v1") }]),
    verdict: ["BENTO_MODEL_INVALID", /evil/],
  },
  {
    about: "a document without end",
    container: "tar",
    bytes: () => rawTar([{ name: "model.yaml", content: Buffer.alloc(17 * 2 ** 20, "#\n") }]),
    verdict: [unsafe, /"model\.yaml"/],
  },
  {
    about: "a document of a billion laughs",
    container: "tar",
    bytes: () =>
      rawTar([
        {
          name: "model.yaml",
          content: `${yaml}a: &a [x]\n${"bcdefghij"
            .split("")
            .map((key, index) => `${key}: &${key} [${Array.from({ length: 9 }, () => `*${"abcdefghij"[index]}`).join(",")}]`)
            .join("\n")}\n`,
        },
      ]),
    verdict: ["BENTO_MODEL_INVALID", /./],
  },
];

function* manifested(files: Readonly<Record<string, string>>, changed: Readonly<Record<string, string>>): Generator<RawTarMember> {
  for (const [name, content] of Object.entries({ ...withManifest(files), ...changed })) yield { name, content };
}

/** A sparse file in pax form 1.0, whose real size is a lie. */
function sparse(realSize: string): RawTarMember {
  const pax = { "GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "hole", "GNU.sparse.realsize": realSize };
  return { name: "GNUSparseFile.0/hole", pax, content: Buffer.concat([Buffer.from("0\n"), Buffer.alloc(510)]) };
}

/** A zip64 extra field with an unpacked size. */
function zip64(size: bigint): Uint8Array {
  const field = Buffer.alloc(12);
  field.writeUInt16LE(1, 0);
  field.writeUInt16LE(8, 2);
  field.writeBigUInt64LE(size & 0xffff_ffff_ffff_ffffn, 4);
  return field;
}

/** Everything that the advisories of other projects know, for tar and zip. */
export const hostileArchives: readonly HostileArchive[] = [...names, ...links, ...kinds, ...sizes, ...wholeness];

/** Names that some disks take for one: in, or refused, but never one in the other's place. */
export const clashingNames: readonly (readonly [string, string])[] = [
  ["Case", "case"],
  ["\u00e9", "e\u0301"],
  ["stra\u00dfe", "strasse"],
  ["K", "\u212a"],
];
