import type { ArchiveEntry } from "../../src/archive/container/container.js";
import { packTar } from "../../src/archive/container/tar-pack.js";
import { readTar } from "../../src/archive/container/tar-read.js";
import { defaultLimits, type ImportLimits } from "../../src/archive/rules/limits.js";
import type { Tree } from "../../src/tree/tree.js";
import { pieces } from "./memory-tree.js";

/** The bytes that a tree is packed to. */
export async function packed(tree: Tree): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of packTar(tree, packOptions())) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Options of packing that do nothing special. */
export function packOptions(signal: AbortSignal = new AbortController().signal): Parameters<typeof packTar>[1] {
  return { compression: "adaptive", maxMemory: 2 ** 28, signal, onBytes: () => {} };
}

/** An entry with its content as bytes. */
export type WholeEntry = Omit<ArchiveEntry, "content"> & { readonly content: Buffer };

/** Everything in a tar that comes in chunks of a size, by default in one. */
export async function unpacked(tar: Uint8Array | AsyncIterable<Uint8Array>, limits: Partial<ImportLimits> = {}): Promise<WholeEntry[]> {
  const input = tar instanceof Uint8Array ? pieces(tar, tar.length) : tar;
  const entries: WholeEntry[] = [];
  const signal = new AbortController().signal;
  for await (const { content, ...entry } of readTar(input, { signal, limits: { ...defaultLimits, ...limits } })) {
    entries.push({ ...entry, content: await wholeContent(content) });
  }
  return entries;
}

/** What an entry holds. */
async function wholeContent(content: ArchiveEntry["content"]): Promise<Buffer> {
  if (content instanceof Uint8Array) return Buffer.from(content);
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Fields of a header that is written by hand. */
export interface RawMember {
  readonly name?: string | Uint8Array;
  readonly type?: string;
  /** Twelve bytes, or a number to be written as digits. By default the length of the content. */
  readonly size?: string | Uint8Array | number;
  readonly mode?: string;
  readonly target?: string | Uint8Array;
  readonly prefix?: string;
  readonly magic?: string;
  readonly content?: string | Uint8Array;
  /** Bytes put at an offset in the header, before the checksum is made. */
  readonly patches?: Readonly<Record<number, string | Uint8Array>>;
}

/** One member of a tar, with whatever a hostile hand would write. The checksum fits. */
export function rawMember(member: RawMember): Buffer {
  const header = Buffer.alloc(512);
  const content = bytesOf(member.content ?? "");
  const { size = content.length } = member;
  header.set(bytesOf(member.name ?? "f"), 0);
  header.set(bytesOf(member.mode ?? "0000644\0"), 100);
  header.set(bytesOf("0000000\0"), 108);
  header.set(bytesOf("0000000\0"), 116);
  header.set(typeof size === "number" ? bytesOf(`${size.toString(8).padStart(11, "0")}\0`) : bytesOf(size), 124);
  header.set(bytesOf("00000000000\0"), 136);
  header.set(bytesOf(member.type ?? "0"), 156);
  header.set(bytesOf(member.target ?? ""), 157);
  header.set(bytesOf(member.magic ?? "ustar\x0000"), 257);
  header.set(bytesOf(member.prefix ?? ""), 345);
  for (const [at, bytes] of Object.entries(member.patches ?? {})) header.set(bytesOf(bytes), Number(at));
  return Buffer.concat([withChecksum(header), content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
}

/** A header with its checksum made anew. */
export function withChecksum(header: Buffer): Buffer {
  header.fill(" ", 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return header;
}

/** A tar of members and the end blocks. */
export function rawTar(...members: readonly (RawMember | Uint8Array)[]): Buffer {
  const parts = members.map((member) => (member instanceof Uint8Array ? member : rawMember(member)));
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

/** An extended header of pax with these records, each as written. */
export function paxMember(records: Readonly<Record<string, string | Uint8Array>> | Uint8Array, type = "x"): Buffer {
  const content =
    records instanceof Uint8Array ? records : Buffer.concat(Object.entries(records).map(([key, value]) => paxRecord(key, value)));
  return rawMember({ name: "PaxHeader", type, content });
}

/** One record of pax, its length in front of it. */
export function paxRecord(key: string, value: string | Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(` ${key}=`), bytesOf(value), Buffer.from("\n")]);
  let digits = 1;
  while (String(body.length + digits).length > digits) digits += 1;
  return Buffer.concat([Buffer.from(String(body.length + digits)), body]);
}

function bytesOf(value: string | Uint8Array): Uint8Array {
  return typeof value === "string" ? Buffer.from(value) : value;
}
