import { createHash, type Hash } from "node:crypto";
import { BentoError } from "@bento/core";
import type { WireAnswer } from "../api/http.js";
import { NetworkFailure } from "../api/network-failure.js";
import type { Version } from "../api/registry-api.js";
import type { PullWork } from "../protocol.js";
import { sha256Text } from "../wire/content.js";
import type { ArchiveIdentity } from "./archive-beginning.js";
import { isExpiredOnce } from "./expired-url.js";
import type { KeptArchive } from "./kept-archive.js";

/** A header that some servers give a digest of the archive in. */
const digestHeader = "x-checksum-sha256";
/** What does not begin with W/, which promises no more than likeness. */
const strongEtag = /^"[!\u0023-\u007e\u0080-\u00ff]*"$/;

/**
 * An archive on its way from the registry, or from a URL that is signed. Where the answer has a strong ETag, a
 * connection that breaks off is gone on with at the byte that was reached, under the reader, who sees nothing of it; and
 * what an earlier process has kept need not come again. Else nothing would tell whether the rest is of the same archive.
 */
export class ArchiveDownload implements Disposable {
  /** Bytes of the whole, where the registry tells. */
  readonly total: number | undefined;
  /** The SHA-256 that it came with. */
  readonly digest: string | undefined;
  readonly #work: PullWork;
  readonly #version: Version;
  readonly #kept: KeptArchive;
  readonly #identity: ArchiveIdentity | undefined;
  readonly #hash: Hash;
  #position: number;
  #answer: WireAnswer | undefined;
  #chunks: AsyncIterator<Uint8Array> | undefined;

  private constructor(work: PullWork, version: Version, { kept, answer, identity, hash, position }: Start) {
    this.#work = work;
    this.#version = version;
    this.#kept = kept;
    this.#identity = identity;
    this.#hash = hash;
    this.#position = position;
    const length = answer.headers["content-length"];
    this.total = identity?.total ?? (length === undefined ? undefined : Number(length));
    this.digest = identity === undefined ? digestIn(answer) : identity.digest;
    this.#take(answer);
  }

  /** Asks for the archive; where some of it was kept, for the rest alone, if it still is the same. */
  static async begin(work: PullWork, version: Version, kept: KeptArchive): Promise<ArchiveDownload> {
    const earlier = await kept.recall();
    if (earlier !== undefined) {
      const { identity, bytes: position, hash } = earlier;
      const rest = await open(work, version, { identity, position });
      if (isRest(rest, { identity, position })) return new ArchiveDownload(work, version, { kept, answer: rest, identity, hash, position });
      rest.discard();
      await kept.discard();
    }
    const answer = await open(work, version);
    const identity = identityOf(answer);
    const hash = createHash("sha256");
    if (identity !== undefined) await kept.begin(identity, hash);
    return new ArchiveDownload(work, version, { kept, answer, identity, hash, position: 0 });
  }

  /** All its bytes, each once. @throws BENTO_REGISTRY_FAILED that may pass, where the registry has another one by now */
  async *bytes(): AsyncGenerator<Uint8Array, void> {
    this.#report();
    yield* this.#kept.beginning();
    for (;;) {
      const chunk = await this.#next();
      if (chunk === undefined) return;
      this.#hash.update(chunk);
      this.#position += chunk.length;
      await this.#kept.add(chunk);
      this.#report();
      yield chunk;
    }
  }

  /** Bytes that have come by now. */
  get position(): number {
    return this.#position;
  }

  /** The SHA-256 of all that came; to be asked for when all of it has. */
  sha256(): string {
    return this.#hash.copy().digest("hex");
  }

  /** Reads nothing more. */
  [Symbol.dispose](): void {
    this.#answer?.discard();
    this.#answer = undefined;
    this.#chunks = undefined;
  }

  async #next(): Promise<Uint8Array | undefined> {
    const identity = this.#identity;
    if (identity === undefined) return this.#read();
    let isAnother = false;
    // Each piece has its tries: whoever brings some of it every time gets through in the end.
    const chunk = await this.#work.api.retried(async () => {
      if (this.#chunks === undefined) {
        const rest = { identity, position: this.#position };
        const answer = await open(this.#work, this.#version, rest);
        isAnother = !isRest(answer, rest);
        if (isAnother) return answer.discard();
        this.#take(answer);
      }
      try {
        return await this.#read();
      } catch (error) {
        this[Symbol.dispose]();
        throw error;
      }
    });
    if (!isAnother) return chunk ?? undefined;
    await this.#kept.discard();
    throw this.#broken("and gives another archive, or no rest of this one, when it is asked for the rest");
  }

  async #read(): Promise<Uint8Array | undefined> {
    const result = await (this.#chunks as AsyncIterator<Uint8Array>).next();
    if (result.done !== true) return result.value;
    if (this.#identity !== undefined && this.#position < this.#identity.total) throw this.#broken("and says that this is all");
    return undefined;
  }

  #take(answer: WireAnswer): void {
    this.#answer = answer;
    this.#chunks = answer.body[Symbol.asyncIterator]();
  }

  #report(): void {
    this.#work.report({ phase: "transfer", bytes: this.#position, total: this.total });
  }

  #broken(why: string): BentoError {
    const { api, noun, tag } = this.#work;
    const message = `${JSON.stringify(api.http.endpoint)} broke off the ${noun} ${JSON.stringify(String(tag))} after ${this.#position} bytes, ${why}.`;
    return new BentoError("BENTO_REGISTRY_FAILED", message, {
      hint: "Pull it again.",
      cause: new NetworkFailure("the answer was cut off"),
    });
  }
}

interface Start {
  readonly kept: KeptArchive;
  readonly answer: WireAnswer;
  readonly identity: ArchiveIdentity | undefined;
  readonly hash: Hash;
  readonly position: number;
}

interface Rest {
  readonly identity: ArchiveIdentity;
  /** Where it begins. */
  readonly position: number;
}

/** The archive, or the rest of it, from where the registry says. */
async function open({ api, noun, tag, signal }: PullWork, version: Version, rest?: Rest): Promise<WireAnswer> {
  // 416: it is shorter by now.
  const asked = rest === undefined || rest.position === 0 ? {} : { headers: headersOf(rest), accept: [200, 206, 416] };
  const strategy = version.transmission_strategy ?? "";
  if (strategy === "proxy") return api.download(noun, tag, asked);
  return api.retried(
    async () => {
      // A URL is good for some time only: each try asks for its own.
      const { presigned_download_url: url } = await api.presignDownload(noun, tag);
      if (url === "" && strategy === "") return api.download(noun, tag, asked);
      return api.http.elsewhere(url, { method: "GET", what: `give ${JSON.stringify(String(tag))}`, signal, ...asked });
    },
    { isTransient: isExpiredOnce() },
  );
}

/** What tells the archive of an answer from others; nothing where the rest of it cannot be asked for. */
function identityOf(answer: WireAnswer): ArchiveIdentity | undefined {
  const { etag, "content-length": length, "accept-ranges": ranges } = answer.headers;
  const total = Number(length ?? 0);
  if (etag === undefined || !strongEtag.test(etag) || total === 0 || ranges === "none") return undefined;
  return { etag, total, digest: digestIn(answer) };
}

function headersOf({ identity, position }: Rest): Record<string, string> {
  return { range: `bytes=${position}-`, "if-range": identity.etag };
}

function isRest({ status, headers }: WireAnswer, { identity: { etag, total }, position }: Rest): boolean {
  if (headers.etag !== etag) return false;
  if (position === 0) return headers["content-length"] === String(total);
  return status === 206 && headers["content-range"] === `bytes ${position}-${total - 1}/${total}`;
}

function digestIn({ headers }: WireAnswer): string | undefined {
  return sha256Text.safeParse(headers[digestHeader]).data;
}
