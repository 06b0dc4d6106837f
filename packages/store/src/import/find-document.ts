import type { ArchiveEntry } from "../archive/container/container.js";
import type { Member } from "../archive/container/zip/member.js";
import type { ArchiveFormat } from "../archive/format.js";
import { formOfBytes, type OpenArchiveOptions, tarEntries, treeOfFolder, watched } from "../archive/open-archive.js";
import { EntryRules } from "../archive/rules/entry-rules.js";
import { unsafeEntry } from "../archive/rules/unsafe.js";
import type { ByteSource } from "../archive/source/byte-source.js";
import type { FolderSource } from "../archive/source/import-source.js";
import { rememberedAccess } from "../archive/source/remembered-access.js";
import { checkSignal } from "../store/cancellation.js";
import type { ItemKind } from "../store/item-kind.js";
import type { Tree } from "../tree/tree.js";
import { missingDocument } from "./missing-document.js";
import { gather, maxHeldBytes } from "./staged-item.js";

/** What looking for a document needs to know. */
export interface FindOptions extends OpenArchiveOptions {
  readonly kind: Pick<ItemKind, "noun" | "document">;
}

/** The document of an item, and the files that were listed on the way. */
export interface FoundDocument {
  readonly document: Uint8Array;
  /** `undefined` where not all were seen. */
  readonly files: readonly { readonly path: string; readonly size: number }[] | undefined;
}

/**
 * Finds the document of an item in whatever holds it, and reads as little else as it can.
 * @throws BENTO_ARCHIVE_INVALID without one; what reading throws
 */
export async function findDocument(
  source: ByteSource | FolderSource,
  options: FindOptions,
): Promise<FoundDocument & { readonly format: ArchiveFormat }> {
  if (source.kind === "folder") return { ...(await findInFolder(treeOfFolder(source, options), options)), format: "folder" };
  const { form, format } = await formOfBytes(source, options);
  return { ...(await (form === "zip" ? findInZip(source, options) : findInTar(form, source, options))), format };
}

/** The paths of an archive as far as it was listed, under the rules of an import. */
class Listing {
  readonly files: { readonly path: string; readonly size: number }[] = [];
  readonly #rules: EntryRules;
  readonly #paths = new Set<string>();
  readonly #tops = new Set<string>();
  readonly #options: FindOptions;
  #bytes = 0;

  constructor(options: FindOptions) {
    this.#options = options;
    this.#rules = new EntryRules(options.limits);
  }

  /** @returns whether it is the document. @throws BENTO_ARCHIVE_UNSAFE */
  add({ path: raw, kind, target, size }: Pick<ArchiveEntry, "path" | "kind" | "target" | "size">): boolean {
    const admitted = this.#rules.admit({ path: raw, kind, target });
    if (admitted === undefined) return false;
    const { path } = admitted;
    this.#tops.add(path.split("/", 1)[0] as string);
    if (admitted.kind === "folder") return false;
    this.#paths.add(path);
    this.files.push({ path, size });
    this.#options.budget.announced((this.#bytes += size));
    if (path !== this.#options.kind.document) return false;
    // What it leads to may be anywhere in the archive.
    if (admitted.kind === "link") throw unsafeEntry(raw, "a file is needed in its place, not a link");
    if (size > maxHeldBytes.document) throw unsafeEntry(raw, `it has ${size.toLocaleString("en-US")} bytes, which no such file has`);
    return true;
  }

  missing(): Error {
    return missingDocument(this.#options.kind, { tops: this.#tops, hasFile: (path) => this.#paths.has(path) });
  }
}

/** Reads the directory of a zip and one member, wherever in the zip they are. */
async function findInZip(source: ByteSource, options: FindOptions): Promise<FoundDocument> {
  const { limits, budget, onRead, signal } = options;
  const { zipMembers } = await import("../archive/container/zip/members.js");
  const { readZipMember } = await import("../archive/container/zip-read.js");
  const random = await source.random(limits.maxBytes);
  const counted = (chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> =>
    watched(chunks, (count) => {
      budget.read(count);
      onRead();
    });
  const access = rememberedAccess({
    size: random.size,
    // As a stream: a remote that is read here and there fetches whole blocks, as an import goes on from there.
    read: async (start, end) => gather(counted(random.stream(start, end)), Number.POSITIVE_INFINITY, source.name),
    stream: (start, end) => counted(random.stream(start, end)),
  });
  const listing = new Listing(options);
  let document: Member | undefined;
  for await (const member of zipMembers(access, options)) {
    // A link's target is content, which is not read; it is listed as the file that it stands for.
    const isDocument = listing.add({ ...member, kind: member.kind === "symlink" ? "file" : member.kind, target: "" });
    if (!isDocument) continue;
    if (member.kind === "symlink") throw unsafeEntry(member.path, "a file is needed in its place, not a link");
    document = member;
  }
  if (document === undefined) throw listing.missing();
  const content = await readZipMember(access, document, signal);
  const chunks = content instanceof Uint8Array ? [content] : content;
  return { document: await gather(chunks, maxHeldBytes.document, document.path), files: listing.files };
}

/** Reads a tar until the document has come. */
async function findInTar(form: Parameters<typeof tarEntries>[0], source: ByteSource, options: FindOptions): Promise<FoundDocument> {
  const { signal } = options;
  const listing = new Listing(options);
  for await (const entry of await tarEntries(form, source, options)) {
    checkSignal(signal, "Reading the archive");
    if (listing.add(entry)) {
      const chunks = entry.content instanceof Uint8Array ? [entry.content] : entry.content;
      return { document: await gather(chunks, maxHeldBytes.document, entry.path), files: undefined };
    }
  }
  throw listing.missing();
}

/** Reads the list of a folder, and one file of it. */
async function findInFolder(tree: Tree, options: FindOptions): Promise<FoundDocument> {
  const { budget, kind, signal } = options;
  const listing = new Listing(options);
  let isThere = false;
  for (const entry of await tree.entries({ signal })) {
    const size = entry.kind === "file" ? entry.size : 0;
    if (listing.add({ path: entry.path, kind: entry.kind, target: "", size })) isThere = true;
  }
  if (!isThere) throw listing.missing();
  const document = await tree.read(kind.document, { signal });
  budget.read(document.length);
  return { document, files: listing.files };
}
