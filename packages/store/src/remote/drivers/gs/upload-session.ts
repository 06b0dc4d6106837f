import type { IncomingMessage } from "node:http";
import { remoteFailure } from "../../remote-failure.js";
import { IdleSignal } from "../shared/idle-signal.js";
import type { Part } from "../shared/parts-of.js";
import { type Doing, GoogleRefusal } from "./failure.js";
import { type GoogleObject, googleObject, objectFields } from "./object-entry.js";
import { type BucketRequests, drain, textOf } from "./requests.js";

/** "Go on": the answer to each part but the last. */
const resumeIncomplete = 308;

/** Google's answers to what it is told of an upload that nobody goes on with; the first is no success, and the right one. */
const farewells: readonly number[] = [499, 200, 204, 404, 410];

/**
 * An upload in parts. Nothing of it is seen before its last byte is there. Whoever has its URL can go on with it, so that
 * is a secret.
 * @source Google Cloud Storage: resumable uploads
 */
export class UploadSession {
  readonly #requests: BucketRequests;
  readonly #url: URL;
  readonly #about: Doing;
  /** Bytes that Google has for good. */
  #arrived = 0;
  /** Whether Google knows nothing of it any more, so that trying again does not help. */
  isGone = false;

  private constructor(requests: BucketRequests, url: URL, about: Doing) {
    this.#requests = requests;
    this.#url = url;
    this.#about = about;
  }

  static async begin(requests: BucketRequests, key: string, about: Doing, request: IdleSignal): Promise<UploadSession> {
    const query = { uploadType: "resumable", name: key, fields: objectFields };
    const headers = { "x-upload-content-type": "application/octet-stream" };
    const answer = await requests.ask({ method: "POST", path: requests.uploads, query, headers }, request);
    await drain(answer);
    const location = answer.headers.location ?? "";
    if (!URL.canParse(location) || !/^https?:/.test(location)) throw new Error("the server did not say where to send it");
    const url = new URL(location);
    about.secrets.add(url.searchParams.get("upload_id") ?? undefined);
    return new UploadSession(requests, url, about);
  }

  /**
   * One try to send a part, or what Google does not have of it yet.
   * @param again whether a try broke before, so that Google has to say how much it has
   * @param md5 of the whole, with the last part
   * @returns the object, when the last part has come
   */
  async send(part: Part, md5: string | undefined, request: IdleSignal, again: boolean): Promise<GoogleObject | undefined> {
    const end = part.start + part.bytes.length;
    const total = part.isLast ? String(end) : "*";
    let done = again ? await this.#put(`bytes */${total}`, undefined, md5, request) : undefined;
    while (done === undefined && this.#arrived < end) {
      const from = this.#arrived;
      if (from < part.start) throw this.#failure("the server lost what it already had");
      done = await this.#put(`bytes ${from}-${end - 1}/${total}`, part.bytes.subarray(from - part.start), md5, request);
      if (done === undefined && this.#arrived <= from) throw this.#failure("the server took nothing of it");
    }
    if (part.isLast && done === undefined) throw this.#failure("the server has all of it, and made no file of it");
    return done;
  }

  /** Has Google forget it. Best effort, and no longer than that. */
  async abandon(ms: number): Promise<void> {
    using request = new IdleSignal(undefined, ms);
    await this.#requests
      .ask({ method: "DELETE", path: this.#url }, request, farewells)
      .then(drain)
      .catch(() => {});
  }

  async #put(range: string, body: Buffer | undefined, md5: string | undefined, request: IdleSignal): Promise<GoogleObject | undefined> {
    const headers = { "content-range": range, ...(md5 !== undefined && { "x-goog-hash": `md5=${md5}` }) };
    const answer = await this.#ask({ method: "PUT", path: this.#url, headers, body }, request);
    if (answer.statusCode !== resumeIncomplete) return googleObject(JSON.parse(await textOf(answer, request)));
    await drain(answer);
    this.#arrived = arrivedOf(answer);
    return undefined;
  }

  async #ask(asked: Parameters<BucketRequests["ask"]>[0], request: IdleSignal): Promise<IncomingMessage> {
    try {
      return await this.#requests.ask(asked, request, [200, 201, resumeIncomplete]);
    } catch (error) {
      if (!(error instanceof GoogleRefusal)) throw error;
      const isOther = isOtherHash(error);
      if (!isOther && error.status !== 404 && error.status !== 410) throw error;
      // From the start it may succeed: by another session, with bytes that arrive as they are.
      this.isGone = true;
      throw this.#failure(
        isOther ? `the server got other bytes: ${error.message}` : `the server forgot about the upload (${error.status})`,
      );
    }
  }

  #failure(reason: string): Error {
    return remoteFailure({ ...this.#about, reason, isTransient: true });
  }
}

/** Whether Google says that what it got has not the hash that it should have. */
export function isOtherHash({ status, message }: GoogleRefusal): boolean {
  return status === 400 && /\b(md5|hash|checksum)/i.test(message);
}

/** `bytes=0-42`, or no such header where nothing has arrived. */
function arrivedOf({ headers }: IncomingMessage): number {
  const last = /^bytes=0-(\d+)$/.exec(headers.range ?? "")?.[1];
  return last === undefined ? 0 : Number(last) + 1;
}
