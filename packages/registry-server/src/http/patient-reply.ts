import { setTimeout as wait } from "node:timers/promises";

/** After so long without an answer a client may think that the server is dead: Python's waits 60 seconds. */
const silenceMs = 20_000;

/**
 * Answers with what `work` comes to. While that takes long, blanks are sent ahead, which JSON allows before anything:
 * each tells the client that it is worth waiting. Work that fails then can only break the answer off.
 */
export async function patientReply(work: Promise<Response>, everyMs = silenceMs): Promise<Response> {
  const early = await waited(work, everyMs);
  if (early !== undefined) return early;
  const stream = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const response = await waited(work, everyMs);
      if (response === undefined) return controller.enqueue(new TextEncoder().encode(" "));
      controller.enqueue(new Uint8Array(await response.arrayBuffer()));
      controller.close();
    },
    cancel: () => void work.catch(() => {}),
  });
  return new Response(stream, { status: 200, headers: { "content-type": "application/json" } });
}

async function waited(work: Promise<Response>, ms: number): Promise<Response | undefined> {
  const stop = new AbortController();
  try {
    return await Promise.race([work, wait(ms, undefined, { signal: stop.signal })]);
  } finally {
    stop.abort();
  }
}
