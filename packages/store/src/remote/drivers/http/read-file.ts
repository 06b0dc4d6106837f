import type { RemoteReadOptions } from "../../remote.js";
import type { Asking } from "./asking.js";
import { type ContentMarks, isVersion, marksOf, rangeOf } from "./file-version.js";
import { refused } from "./refused.js";
import type { WebAnswer } from "./web-answer.js";
import type { WebClient } from "./web-client.js";

/** A file that is read. */
export interface FileToRead {
  readonly client: WebClient;
  readonly url: URL;
  readonly asking: Asking;
  /** Of the remote; `ranges` is taken back when the server turns out not to know them. */
  readonly traits: { ranges: boolean };
  /** Looks at each answer on the way, in place of the comparison of versions; may throw. */
  readonly onAnswer?: ((answer: WebAnswer) => void) | undefined;
}

/**
 * A file, or a range of it. What each answer says of the content is compared with the version: servers need not know
 * `If-Range`, and some take it for a reason to send everything.
 */
export async function* readFile(file: FileToRead, { start = 0, end, version }: RemoteReadOptions): AsyncGenerator<Uint8Array, void> {
  const { client, url, asking, onAnswer } = file;
  // Of an empty range one byte is asked for too: the file may not be there.
  const last = end === undefined ? "" : String(Math.max(start, end - 1));
  const headers = start === 0 && end === undefined ? undefined : { range: `bytes=${start}-${last}` };
  using answer = await client.ask({ method: "GET", url, headers, asking, onAnswer });
  if (answer.status === 416 && (await isBeyond(answer, file, start))) return;
  const part = await partOf(answer, file, start);
  if (version !== undefined && onAnswer === undefined && !isVersion(version, part.marks)) throw changed(asking);
  const wanted = Math.min(end ?? Number.POSITIVE_INFINITY, part.end ?? Number.POSITIVE_INFINITY) - start;
  let skip = start - part.start;
  let sent = 0;
  if (wanted <= 0 && end !== undefined) return;
  for await (const chunk of answer.chunks()) {
    const from = Math.min(skip, chunk.length);
    skip -= from;
    const rest = chunk.subarray(from, from + wanted - sent);
    sent += rest.length;
    if (rest.length > 0) yield rest;
    // Where more would come than is wanted, the rest is not waited for.
    if (sent === wanted && (part.end ?? Number.POSITIVE_INFINITY) > start + wanted) return;
  }
  const missing = (end === undefined ? part.marks.size : Math.min(end, part.marks.size ?? end)) ?? start + sent;
  if (start + sent < missing) throw asking.failure({ reason: `it ended after ${start + sent} of ${missing} bytes`, isTransient: true });
}

/** What an answer brings: from where, up to where if that is known, and of which content. */
interface Part {
  readonly start: number;
  readonly end: number | undefined;
  readonly marks: ContentMarks;
}

async function partOf(answer: WebAnswer, { asking, traits }: FileToRead, start: number): Promise<Part> {
  const { status, headers } = answer;
  if (status !== 200 && status !== 206) throw await refused(answer, asking);
  const coding = headers["content-encoding"]?.trim().toLowerCase() ?? "";
  if (coding !== "" && coding !== "identity")
    throw asking.failure({ reason: `the server sends it packed (content-encoding ${JSON.stringify(coding)}), though it was asked not to` });
  const marks = marksOf(answer);
  if (status === 200) {
    if (start > 0) traits.ranges = false;
    return { start: 0, end: marks.size, marks };
  }
  const range = rangeOf(headers["content-range"]);
  if (range?.start !== start) throw asking.failure({ reason: "the server sent another range than the one that it was asked for" });
  return { ...range, marks };
}

/** Whether a range was refused because the file ends before it. Apache does not say where it ends. */
async function isBeyond({ headers }: WebAnswer, { client, url, asking, onAnswer }: FileToRead, start: number): Promise<boolean> {
  const [, told] = /^bytes \*\/(\d{1,15})$/.exec(headers["content-range"] ?? "") ?? [];
  if (told !== undefined) return Number(told) <= start;
  using head = await client.ask({ method: "HEAD", url, asking, onAnswer });
  const size = head.status === 200 ? marksOf(head).size : undefined;
  return size !== undefined && size <= start;
}

/** What to throw when the content is another by now. */
export function changed(asking: Asking): Error {
  return asking.failure({ reason: "it has changed since it was looked at", hint: "Begin anew." });
}
