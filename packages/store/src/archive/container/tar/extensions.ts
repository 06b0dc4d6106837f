import type { Header } from "tar-stream";
import type { BlockReader } from "./block-reader.js";
import { blockBytes, bytesIn, fields, isZero, numberIn, paddingOf } from "./fields.js";
import { type Member, isLink, nameFields, types } from "./member.js";
import { decodeField, decodeName } from "./names.js";
import { type PaxRecord, decisiveRecords } from "./pax.js";
import { cutTar, damagedTar } from "./problems.js";

/** What the extended headers of one member, or the map of a sparse file, may take. Paths of 4096 bytes need a hundredth. */
export const maxExtensionBytes = 1024 * 1024;

/** Global headers in front of one member; nobody writes more than one. */
const maxGlobals = 100;

type Extension = typeof types.gnuLongName | typeof types.gnuLongTarget | typeof types.extended | typeof types.global;

const names: Record<Extension, string> = {
  [types.gnuLongName]: "a long name",
  [types.gnuLongTarget]: "a long link target",
  [types.extended]: "an extended header",
  [types.global]: "a global extended header",
};

/** Whether a header only tells more about the member that follows. */
export function isExtension(type: number): type is Extension {
  return type in names;
}

/**
 * The headers in front of a member that tell more about it: GNU's long names and extended headers (pax).
 *
 * They are checked here and put to use by tar-stream, which is lenient. What readers take differently is refused: two of one kind, GNU's beside pax, global ones that rename or resize.
 */
export class Extensions {
  readonly #blocks: Uint8Array[] = [];
  readonly #seen = new Set<Extension>();
  #records: readonly PaxRecord[] = [];
  #globals = 0;

  /** Whether something came for which a member's own header is not enough. */
  get isDecisive(): boolean {
    return this.#blocks.length > 0;
  }

  /** Whether anything came at all. */
  get isUsed(): boolean {
    return this.#globals > 0 || this.isPending;
  }

  /** Whether a member must follow. */
  get isPending(): boolean {
    return this.#seen.size > 0;
  }

  /**
   * Takes in one header, its body still being in the source.
   * @throws BENTO_ARCHIVE_INVALID, BENTO_ARCHIVE_UNSAFE for names that are not UTF-8
   */
  async add(block: Uint8Array, type: Extension, source: BlockReader): Promise<void> {
    const start = source.position - blockBytes;
    const what = `${names[type]} at byte ${start}`;
    const size = numberIn(block, fields.size) as number;
    if (size > maxExtensionBytes) throw damagedTar(`${what} has ${size} bytes, more than ${maxExtensionBytes}.`);
    if (size === 0 && type !== types.global) throw damagedTar(`${what} is empty.`);
    if (type !== types.global) this.#expectFirst(type, what);
    const padded = await source.take(size + paddingOf(size));
    if (padded.length < size + paddingOf(size)) throw cutTar(source.position, what);
    if (type === types.gnuLongName || type === types.gnuLongTarget) {
      checkLongName(padded.subarray(0, size), what);
      this.#blocks.push(block, padded);
      return;
    }
    const records = decisiveRecords(padded.subarray(0, size), start);
    if (type === types.global) {
      this.#globals += 1;
      if (this.#globals > maxGlobals) throw damagedTar(`${what} follows ${maxGlobals} others.`);
      if (records.length > 0) throw damagedTar(`${what} says the ${records[0]?.[0]} of every member.`);
    } else if (records.length > 0) {
      this.#records = records;
      this.#blocks.push(block, padded);
    }
  }

  #expectFirst(type: Extension, what: string): void {
    if (this.#seen.has(type)) throw damagedTar(`${what} is the second one of one member.`);
    this.#seen.add(type);
    if (this.#seen.has(types.extended) && this.#seen.size > 1) throw damagedTar(`${what} belongs to a member that also has another kind.`);
  }

  /** The member that the headers and, at last, its own say. @throws BENTO_ARCHIVE_INVALID, BENTO_ARCHIVE_UNSAFE */
  async describe(block: Uint8Array): Promise<Member> {
    const type = block[fields.type[0]] as number;
    // A name that another header replaces is cut off anywhere, even inside a character.
    if (!this.#replaces("path", types.gnuLongName)) for (const field of nameFields(block)) decodeField(bytesIn(block, field));
    if (isLink(type) && !this.#replaces("linkpath", types.gnuLongTarget)) decodeField(bytesIn(block, fields.target));
    const header = await readHeaders([...this.#blocks, block]);
    // No text where there is no link, whatever its type says.
    const target = (header.linkname as string | null) ?? "";
    return {
      path: this.#says("path") ? header.name : decodeLatin1(header.name),
      target: !isLink(type) ? "" : this.#says("linkpath") ? target : decodeLatin1(target),
      type,
      mode: header.mode,
      stored: header.size,
      records: this.#records,
    };
  }

  #replaces(key: string, type: Extension): boolean {
    return this.#seen.has(type) || this.#says(key);
  }

  #says(key: string): boolean {
    return this.#records.some(([name]) => name === key);
  }
}

function decodeLatin1(name: string): string {
  return decodeName(Buffer.from(name, "latin1"));
}

function checkLongName(body: Uint8Array, what: string): void {
  const name = bytesIn(body, [0, body.length]);
  if (isZero(name)) throw damagedTar(`${what} is empty.`);
  decodeField(name);
}

/** tar-stream's reading of headers. Names come as Latin-1, one character for each byte, but for those of pax records. */
async function readHeaders(blocks: readonly Uint8Array[]): Promise<Header> {
  const { extract } = await import("tar-stream");
  // One stream for each member: nothing of one can reach the next, and the content goes its own, shorter way. It holds
  // nothing but memory and is left to the garbage collector, as to destroy it takes longer than to read the header.
  // Its types leave these options out.
  const reader = extract({ filenameEncoding: "latin1", allowUnknownFormat: true } as Parameters<typeof extract>[0]);
  return new Promise<Header>((resolve, reject) => {
    reader.on("entry", (header) => resolve(header));
    reader.on("error", reject);
    for (const block of blocks) reader.write(Buffer.from(block.buffer, block.byteOffset, block.byteLength));
  });
}
