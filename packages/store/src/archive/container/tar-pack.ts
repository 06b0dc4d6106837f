import { BentoError } from "@bento/core";
import { checkSignal } from "../../store/cancellation.js";
import { readTogether, type Tree, type TreeEntry, type TreeFile } from "../../tree/tree.js";
import { mapInOrder } from "../codec/blocks.js";
import type { Pack } from "./container.js";
import { Batch } from "./tar/batch.js";
import { paddingOf } from "./tar/fields.js";
import { type NewMember, headerWriter } from "./tar/header-writer.js";

/** Files up to this size are read whole, and ahead. Bytes. */
const wholeBytes = 1024 * 1024;
/** Files that are read together, and so many groups are under way: at most 8 MiB. */
const groupsAtOnce = 4;
const groupFiles = 256;
/** What tar calls a record: the length of an archive is a multiple of it. */
const recordBytes = 20 * 512;
/** Two zero blocks end an archive. */
const endBytes = 2 * 512;

/**
 * Writes a tree as the tar that Python's `shutil.make_archive` makes: `./` first, then `./a`, `./sub/`, `./sub/x`, ended
 * and filled up to whole records. Times and owners are 0, modes 0644 and 0755, so that equal trees give equal bytes.
 *
 * Names of up to 100 ASCII characters stand in ustar headers; longer and other names, and files from 8 GiB on, get a
 * pax header. Content goes past tar-stream, which writes the headers: it would take as long as everything else.
 */
export const packTar: Pack = async function* packTar(tree, { signal, onBytes }) {
  const writeHeader = headerWriter();
  using batch = new Batch();
  batch.add(await writeHeader(memberOf(undefined)));
  const entries = await tree.entries({ signal });
  for await (const group of mapInOrder(groups(entries), groupsAtOnce, (next) => readAhead(tree, next, signal))) {
    for (const { entry, bytes } of group) {
      checkSignal(signal, "Packing");
      const header = writeHeader(memberOf(entry));
      batch.add(header instanceof Uint8Array ? header : await header);
      if (entry.kind === "folder") continue;
      if (bytes !== undefined) {
        checkSize(entry, bytes.length);
        batch.add(bytes);
        onBytes(bytes.length);
      } else {
        let size = 0;
        for await (const chunk of tree.stream(entry.path, { signal })) {
          checkSignal(signal, "Packing");
          size += chunk.length;
          if (size > entry.size) checkSize(entry, size);
          batch.add(chunk);
          onBytes(chunk.length);
          yield* batch.full();
        }
        checkSize(entry, size);
      }
      batch.addZeros(paddingOf(entry.size));
    }
    yield* batch.full();
  }
  batch.addZeros(tarEnd(batch.total));
  yield* batch.rest();
};

/** Zeros that end a tar which has so many bytes: two blocks, and what fills up the last record. */
export function tarEnd(size: number): number {
  return endBytes + ((recordBytes - ((size + endBytes) % recordBytes)) % recordBytes);
}

/** What is written of an entry; of none, the top itself. */
export function memberOf(entry: TreeEntry | undefined): NewMember {
  if (entry === undefined) return { kind: "folder", name: "./" };
  if (entry.kind === "folder") return { kind: "folder", name: `./${entry.path}/` };
  return { kind: "file", name: `./${entry.path}`, size: entry.size, executable: entry.executable };
}

/** Entries that are read together, so that thousands of small files do not wait for each other one by one. */
// oxlint-disable-next-line require-await -- mapInOrder takes what can wait
async function* groups(entries: readonly TreeEntry[]): AsyncGenerator<readonly TreeEntry[], void> {
  let group: TreeEntry[] = [];
  let bytes = 0;
  for (const entry of entries) {
    group.push(entry);
    if (isSmallFile(entry)) bytes += entry.size;
    if (group.length < groupFiles && bytes < wholeBytes) continue;
    yield group;
    group = [];
    bytes = 0;
  }
  yield group;
}

interface ReadEntry {
  readonly entry: TreeEntry;
  /** Content of a small file. */
  readonly bytes?: Uint8Array | undefined;
}

/** A large file is left for its turn, to be read as a stream. */
async function readAhead(tree: Tree, group: readonly TreeEntry[], signal: AbortSignal): Promise<readonly ReadEntry[]> {
  const contents = (await readTogether(tree, group.filter(isSmallFile), { signal })).values();
  return group.map((entry) => ({ entry, bytes: isSmallFile(entry) ? contents.next().value : undefined }));
}

function isSmallFile(entry: TreeEntry): entry is TreeFile {
  return entry.kind === "file" && entry.size <= wholeBytes;
}

function checkSize({ path, size }: TreeFile, now: number): void {
  if (now === size) return;
  throw new BentoError(
    "BENTO_TRANSFER_FAILED",
    `${JSON.stringify(path)} changed while it was packed: it had ${size} bytes and has ${now} now.`,
    {
      hint: "Pack again when nothing writes to it any more.",
    },
  );
}
