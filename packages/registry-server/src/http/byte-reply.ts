import type { RouteContext } from "./route.js";

/** What is answered with bytes. */
export interface ByteReply {
  /** All of them. */
  readonly size: number;
  /** Those from `start` up to `end`. */
  readonly read: (start: number, end: number) => AsyncIterable<Uint8Array>;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Bytes with their length, or the one range of them that was asked for. What fails before the first chunk is thrown, as
 * an answer can still say so; what fails later breaks the connection off, which Content-Length tells the client.
 */
export async function byteReply(context: RouteContext, { size, read, headers }: ByteReply): Promise<Response> {
  const common = { "content-type": "application/octet-stream", "accept-ranges": "bytes", "x-content-type-options": "nosniff", ...headers };
  const range = rangeOf(context, size, headers["etag"]);
  if (range === "unsatisfiable") return new Response(null, { status: 416, headers: { ...common, "content-range": `bytes */${size}` } });
  const { start, end } = range ?? { start: 0, end: size };
  const partial: Record<string, string> = range === undefined ? {} : { "content-range": `bytes ${start}-${end - 1}/${size}` };
  const init = { status: range === undefined ? 200 : 206, headers: { ...common, ...partial, "content-length": String(end - start) } };
  if (context.req.method === "HEAD" || start === end) return new Response(null, init);
  return new Response(await startedStream(read(start, end)), init);
}

/** A stream of chunks, the first of which is there. */
async function startedStream(chunks: AsyncIterable<Uint8Array>): Promise<ReadableStream<Uint8Array>> {
  const iterator = chunks[Symbol.asyncIterator]();
  let next: IteratorResult<Uint8Array> | undefined = await iterator.next();
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const chunk = next ?? (await iterator.next());
        next = undefined;
        if (chunk.done === true) controller.close();
        else controller.enqueue(chunk.value);
      },
      cancel: async () => {
        await iterator.return?.();
      },
    },
    { highWaterMark: 1 },
  );
}

/** The range that a request asks for, if it is one that is given: several at once, and what is none, bring everything. */
function rangeOf(
  context: RouteContext,
  size: number,
  etag: string | undefined,
): { start: number; end: number } | "unsatisfiable" | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(context.req.header("range") ?? "");
  const ifRange = context.req.header("if-range");
  if (match === null || (ifRange !== undefined && ifRange !== etag)) return undefined;
  const [, first = "", last = ""] = match;
  if (first === "" && last === "") return undefined;
  const start = first === "" ? Math.max(size - Number(last), 0) : Number(first);
  const end = first === "" || last === "" ? size : Math.min(Number(last) + 1, size);
  if (first !== "" && last !== "" && Number(last) < start) return undefined;
  return start >= size ? "unsatisfiable" : { start, end };
}
