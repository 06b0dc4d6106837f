import { BentoError } from "@bento/core";
import { importBento, importModel, type IncomingFiles, type StoredBento, type StoredModel } from "@bento/store";
import { isTransient } from "../api/http.js";
import { absentCode, type Version } from "../api/registry-api.js";
import type { Pulled, PullWork, Verified } from "../protocol.js";
import { naiveTime } from "../records/record.js";
import { ArchiveDownload } from "./archive-download.js";
import { namesHub } from "./hub-reference.js";
import { KeptArchive } from "./kept-archive.js";

/**
 * Gets an item as one archive, through the registry or from a URL that is signed. It is checked while it comes, by all
 * that is known of it: its length, its SHA-256, its tag, its manifest, its size. It becomes visible when all of that is
 * right, in place of an old copy or not at all. A pull that was cut off, by a network or by the end of its process, goes
 * on where it was, if the registry says what tells one archive from another.
 * @source BentoML cloud/model.py, cloud/bento.py `_do_pull`; differs: nothing is deleted first; another archive than the one that was asked for is refused
 */
export async function pullPlain(work: PullWork, version: Version): Promise<Pulled> {
  const { api } = work;
  checkWhole(work, version);
  await using kept = new KeptArchive(work);
  // What was corrupted on the way comes right the next time; what lies there corrupted does not.
  let corrupted = 0;
  const isPassing = (error: unknown): boolean => {
    if (isTransient(error)) return true;
    if (!isCorrupt(error)) return false;
    corrupted += 1;
    return corrupted === 1;
  };
  // Awaited here, before what is kept is let go of.
  return await api.retried(
    async () => {
      try {
        using download = await ArchiveDownload.begin(work, version, kept);
        const pulled = await takeIn(work, version, download);
        await kept.discard();
        return pulled;
      } catch (error) {
        if (BentoError.is(error) && !passing.has(error.code)) await kept.discard();
        throw error;
      }
    },
    { isTransient: isPassing },
  );
}

function isCorrupt(error: unknown): boolean {
  return BentoError.is(error, "BENTO_INTEGRITY_FAILED") || BentoError.is(error, "BENTO_ARCHIVE_INVALID");
}

/** What says nothing against the bytes that have come: another pull may go on with them. */
const passing: ReadonlySet<string> = new Set([
  "BENTO_CANCELLED",
  "BENTO_FORBIDDEN",
  "BENTO_REGISTRY_FAILED",
  "BENTO_STORE_FAILED",
  "BENTO_TOO_MANY_REQUESTS",
  "BENTO_UNAUTHORIZED",
]);

function absent({ api, noun, tag }: Pick<PullWork, "api" | "noun" | "tag">, why: string, hint?: string): BentoError {
  const message = `The ${noun} ${JSON.stringify(String(tag))} ${why} at ${JSON.stringify(api.http.endpoint)}.`;
  return new BentoError(absentCode(noun), message, { hint: hint ?? "Look what there is: `bento models list --remote`." });
}

/** @throws BENTO_MODEL_NOT_FOUND (BENTO_BENTO_NOT_FOUND) for what is registered, but has no content there */
function checkWhole(work: PullWork, version: Version): void {
  if (namesHub(version)) throw absent(work, "is only a reference to a hub", "Its content is at the hub: get it from there.");
  const { upload_status: status, upload_finished_reason: reason } = version;
  if (status === "success" || status === "") return;
  const why = reason === "" ? "" : ` (${reason})`;
  throw absent(work, `is ${JSON.stringify(status)}${why}, not whole`, "Push it again.");
}

async function takeIn(work: PullWork, version: Version, download: ArchiveDownload): Promise<Pulled> {
  const { noun, tag, models, bentos, existing, signal } = work;
  const digest = digestOf(work, version, download);
  let isCut = false;
  let verified: Verified = digest === undefined ? "unverified" : "digests";
  const onChecked = (incoming: IncomingFiles): void => {
    // Nothing else would show that the end is missing.
    if (isCut && digest === undefined && download.total === undefined) throw cut(work);
    checkSize(work, version, incoming);
    if (digest === undefined && incoming.manifest !== undefined) verified = "manifest";
  };
  const options = { expected: tag, existing, signal, onChecked, onWarning: () => void (isCut = true) };
  const archive = arriving(work, download, digest);
  const item = await namingRegistry(work, async (): Promise<StoredModel | StoredBento> => {
    if (noun === "model") return importModel(archive, { ...options, store: models });
    return importBento(archive, { ...options, store: bentos, models });
  });
  return { item, verified };
}

/** An import names what it reads, which here is a stream: the registry is what somebody can look at. */
async function namingRegistry<T>({ api }: PullWork, take: () => Promise<T>): Promise<T> {
  try {
    return await take();
  } catch (error) {
    if (!BentoError.is(error) || !error.message.startsWith(streamPrefix)) throw error;
    const own = error.message.slice(streamPrefix.length);
    const message = own.includes(api.http.endpoint) ? own : `In what ${JSON.stringify(api.http.endpoint)} gives: ${own}`;
    throw new BentoError(error.code, message, { hint: error.hint, issues: error.issues, cause: error });
  }
}

const streamPrefix = "In the stream: ";

/** The SHA-256 that the archive must have, where anybody says it. */
function digestOf(work: PullWork, version: Version, { digest: inHeader }: ArchiveDownload): string | undefined {
  const inRecord = version.sha256 ?? undefined;
  if (inHeader !== undefined && inRecord !== undefined && inHeader !== inRecord) {
    throw corrupt(work, `was to have the SHA-256 ${inRecord}, and comes with ${inHeader}`);
  }
  return inRecord ?? inHeader;
}

/** The bytes of an archive; their end comes only when they are right. */
async function* arriving(work: PullWork, download: ArchiveDownload, digest: string | undefined): AsyncGenerator<Uint8Array, void> {
  yield* download.bytes();
  const found = download.sha256();
  if (digest !== undefined && found !== digest) throw corrupt(work, `has the SHA-256 ${found}, and was to have ${digest}`);
  work.report({ phase: "finish", bytes: download.position, total: download.total });
}

/**
 * The size that the registry was told must be that of the files, where it was told of these very files: after a push
 * with force some registries keep what they knew of the old ones.
 */
function checkSize(work: PullWork, { manifest, build_at }: Version, { size, creationTimeText }: IncomingFiles): void {
  const told = manifest?.["size_bytes"];
  if (work.noun !== "model" || typeof told !== "number" || told === size || build_at === null || build_at === undefined) return;
  if (isoOf(build_at) !== isoOf(creationTimeText)) return;
  throw corrupt(work, `holds ${size} bytes in its files, and was to hold ${told}: files are missing or others`);
}

/** A time as the API writes it, whatever way it was written. */
function isoOf(text: string): string {
  const hasZone = /(?:Z|[+-]\d\d:?\d\d)$/.test(text);
  const creationTime = new Date(hasZone ? text : `${text.replace(" ", "T")}Z`);
  return Number.isNaN(creationTime.getTime()) ? text : naiveTime({ creationTime, creationTimeText: text });
}

function corrupt({ api, noun, tag }: PullWork, why: string): BentoError {
  return new BentoError(
    "BENTO_INTEGRITY_FAILED",
    `What ${JSON.stringify(api.http.endpoint)} gives as the ${noun} ${JSON.stringify(String(tag))} ${why}.`,
    { hint: "Pull it again; if that does not help, it has to be pushed again." },
  );
}

function cut(work: PullWork): BentoError {
  return corrupt(work, "ends without an end, and nothing says how long it is");
}
