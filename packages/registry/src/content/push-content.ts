import { createHash } from "node:crypto";
import { join } from "node:path";
import { BentoError } from "@bento/core";
import { cancellation, roomForChunks } from "@bento/store/archives";
import { z } from "zod";
import { isTransient } from "../api/http.js";
import type { PushOutcome, PushWork } from "../protocol.js";
import { HashThreads } from "../transfer/hash-threads.js";
import { parallelParts } from "../transfer/parallel-parts.js";
import { TransferFolder } from "../transfer/transfer-folder.js";
import { type ContentDocument, contentDigestText, type PushState } from "../wire/content.js";
import { ContentCalls } from "./content-calls.js";
import { describeContent } from "./describe-content.js";
import { PartProgress } from "./part-progress.js";
import { OutgoingPart, type PartSource, sourcesOf } from "./outgoing-part.js";

/** How often a push that the registry forgot is begun again. */
const maxBegins = 3;

/** A push that an earlier try began. */
const begunPush = z.object({ push: z.string(), digest: z.string(), missing: z.number() });

/**
 * Pushes an item to a registry of ours: tells it the digests of all parts, and sends those that it does not have.
 *
 * A push that was cut off, by a signal or by the end of its process, goes on where it was: digests are not taken again,
 * parts that arrived are not sent again. Nobody sees anything of it before all of it is there.
 * @throws BENTO_CONFLICT when another push of the tag was faster, with other files; BENTO_INTEGRITY_FAILED when files changed while they were sent; BENTO_REGISTRY_FAILED, BENTO_CANCELLED ...
 */
export async function pushContent(work: PushWork): Promise<PushOutcome> {
  const { api, noun, tag, force, signal } = work;
  using _ = roomForChunks();
  try {
    // Before anything is digested, which takes its time.
    const isThere = !force && (await api.version(noun, tag))?.upload_status === "success";
    if (!isThere) return await pushParts(work);
    // One that was killed when it was through has told nobody.
    await TransferFolder.forget(...transferOf(work));
    return { outcome: "skipped", bytes: { total: await sizeOf(work), sent: 0 } };
  } catch (error) {
    throw signal.aborted ? cancellation(signal, `Pushing ${JSON.stringify(String(tag))}`) : error;
  }
}

async function pushParts(work: PushWork): Promise<PushOutcome> {
  await using transfer = await TransferFolder.open(...transferOf(work));
  try {
    const outcome = await new ContentPush(work, transfer, await describe(work, transfer)).run();
    await transfer.done();
    return outcome;
  } catch (error) {
    // Perhaps because of the digests that were kept: the next try takes them anew.
    if (BentoError.is(error, "BENTO_INTEGRITY_FAILED")) await transfer.done();
    throw error;
  }
}

/** Where the transfer keeps what it needs, and what tells it from all others. */
function transferOf({ api, noun, tag, home }: PushWork): [root: string, what: readonly string[]] {
  return [join(home, "tmp", "transfers"), ["push", api.http.endpoint, noun, String(tag)]];
}

async function describe({ tree, folder, signal }: PushWork, { journal }: TransferFolder): Promise<ContentDocument> {
  await using threads = new HashThreads();
  const stop = (): void => void threads[Symbol.asyncDispose]();
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await describeContent({ tree, folder, threads, journal, signal });
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

async function sizeOf({ tree, signal }: PushWork): Promise<number> {
  const entries = await tree.entries({ signal });
  return entries.reduce((total, entry) => total + (entry.kind === "file" ? entry.size : 0), 0);
}

/** One push, from its digests to its end. */
class ContentPush {
  readonly #work: PushWork;
  readonly #transfer: TransferFolder;
  readonly #content: ContentDocument;
  readonly #digest: string;
  readonly #calls: ContentCalls;
  readonly #sources: ReadonlyMap<string, PartSource>;
  readonly #progress: PartProgress;
  #sent = 0;

  constructor(work: PushWork, transfer: TransferFolder, content: ContentDocument) {
    this.#work = work;
    this.#transfer = transfer;
    this.#content = content;
    this.#digest = createHash("sha256").update(contentDigestText(content)).digest("hex");
    this.#calls = new ContentCalls(work.api, work.noun, work.tag);
    this.#sources = sourcesOf(content);
    this.#progress = new PartProgress(bytesOf(content), work.report);
  }

  async run(): Promise<PushOutcome> {
    let state = await this.#resume();
    try {
      state ??= await this.#begin();
    } catch (error) {
      if (!BentoError.is(error, "BENTO_MODEL_EXISTS") && !BentoError.is(error, "BENTO_BENTO_EXISTS")) throw error;
      return this.#outcome("skipped");
    }
    for (let begins = 1; ; begins += 1) {
      try {
        await this.#sendAll(state);
        this.#progress.finish();
        await this.#calls.commit(state.push);
        return this.#outcome("pushed");
      } catch (error) {
        if (begins === maxBegins || this.#work.signal.aborted) throw error;
        const next = await this.#afterLoss(error, state.push);
        if (next === undefined) return this.#outcome("pushed");
        state = next;
      }
    }
  }

  /**
   * Looks at what became of a push after a failure: perhaps only an answer was lost, or the registry has forgotten it.
   * @returns how it goes on; `undefined` when it is through
   * @throws the failure, if that was all
   */
  async #afterLoss(error: unknown, push: string): Promise<PushState | undefined> {
    if (!BentoError.is(error, "BENTO_NOT_FOUND") && !BentoError.is(error, "BENTO_CONFLICT")) throw error;
    const known = await this.#calls.state(push);
    if (known !== undefined && known.missing.length > 0) return known;
    if (known !== undefined) throw error;
    if (await this.#isPublished()) return undefined;
    try {
      return await this.#begin();
    } catch {
      // That somebody else was faster, say.
      throw error;
    }
  }

  async #isPublished(): Promise<boolean> {
    try {
      return (await this.#calls.content()).digest === this.#digest;
    } catch (error) {
      if (BentoError.is(error, "BENTO_MODEL_NOT_FOUND") || BentoError.is(error, "BENTO_BENTO_NOT_FOUND")) return false;
      throw error;
    }
  }

  async #begin(): Promise<PushState> {
    const { record, force } = this.#work;
    const state = await this.#calls.begin({
      ...record,
      labels: [...record.labels],
      manifest: { ...record.manifest },
      force,
      content: this.#content,
    });
    const missing = this.#bytesOf(this.#missing(state));
    this.#transfer.journal.append({ push: state.push, digest: this.#digest, missing });
    await this.#transfer.journal.flush();
    this.#progress.begin({ skipped: this.#progress.total - missing });
    return state;
  }

  /** The push that an earlier try began, if the registry still knows it and it is for the same content. */
  async #resume(): Promise<PushState | undefined> {
    for (const line of this.#transfer.journal.earlier.toReversed()) {
      const begun = begunPush.safeParse(line);
      if (!begun.success) continue;
      const { push, digest, missing } = begun.data;
      if (digest !== this.#digest) {
        await this.#calls.giveUp(push).catch(() => {});
        return undefined;
      }
      const state = await this.#calls.state(push);
      if (state === undefined) return undefined;
      const resumed = missing - this.#bytesOf(this.#missing(state));
      this.#progress.begin({ skipped: this.#progress.total - missing, resumed });
      return state;
    }
    return undefined;
  }

  async #sendAll(state: PushState): Promise<void> {
    const { api, parallel, signal } = this.#work;
    await parallelParts({ items: this.#missing(state), most: parallel, signal }, async (sha256, lane) => {
      const source = this.#sources.get(sha256) as PartSource;
      const body = new OutgoingPart(this.#work.tree, source, this.#progress);
      // A part that arrived broken may have been broken on its way.
      const mayPass = (error: unknown): boolean => isTransient(error) || BentoError.is(error, "BENTO_INTEGRITY_FAILED");
      const send = async (): Promise<void> => {
        body.begin();
        await this.#calls.sendPart(sha256, state.push, body, lane.signal);
      };
      await api.retried(send, { signal: lane.signal, isTransient: mayPass, onRetry: () => lane.trouble() });
      this.#sent += body.size;
      return body.size;
    });
  }

  /** What has to be sent, in the order of the files. @throws BENTO_REGISTRY_FAILED when the registry asks for something else */
  #missing({ missing }: PushState): readonly string[] {
    const asked = new Set(missing);
    const parts = [...this.#sources.keys()].filter((sha256) => asked.has(sha256));
    if (parts.length === asked.size) return parts;
    const { api, tag } = this.#work;
    throw new BentoError(
      "BENTO_REGISTRY_FAILED",
      `${JSON.stringify(api.http.endpoint)} asks for parts that ${JSON.stringify(String(tag))} does not have.`,
    );
  }

  #bytesOf(parts: readonly string[]): number {
    return parts.reduce((total, sha256) => {
      const { start, end } = this.#sources.get(sha256) as PartSource;
      return total + end - start;
    }, 0);
  }

  #outcome(outcome: PushOutcome["outcome"]): PushOutcome {
    return { outcome, bytes: { total: this.#progress.total, sent: this.#sent } };
  }
}

function bytesOf({ files }: ContentDocument): number {
  return files.reduce((total, { size }) => total + size, 0);
}
