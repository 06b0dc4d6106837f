import { BentoError } from "@bento/core";
import type { TarArchive } from "@bento/store/archives";
import type { SentPart } from "../api/registry-api.js";
import type { PushWork } from "../protocol.js";
import { parallelParts } from "../transfer/parallel-parts.js";
import { isExpiredOnce } from "./expired-url.js";
import type { Sending } from "./sending.js";

/** Bytes of a part but for the last, as Python's client cuts them. */
const partBytes = 100 * 1024 * 1024;

/** Sends an archive part by part, several at once, and has the registry put them together once all of them are there. */
export async function sendParts(work: PushWork, tar: TarArchive, sending: Sending): Promise<void> {
  const { api, noun, tag, parallel, signal } = work;
  const upload = (await api.startMultipart(noun, tag)).upload_id ?? "";
  if (upload === "") throw failed(work, "names no upload for the parts");
  const count = Math.ceil(tar.size / partBytes);
  const parts: SentPart[] = [];
  const items = Array.from({ length: count }, (_, index) => index + 1);
  await parallelParts({ items, start: Math.min(4, parallel), most: parallel, signal }, async (number, lane) => {
    const start = (number - 1) * partBytes;
    const end = Math.min(start + partBytes, tar.size);
    const etag = await sendPart(work, { upload, number, body: sending.body(start, end), signal: lane.signal });
    parts.push({ part_number: number, etag });
    return end - start;
  });
  parts.sort((a, b) => a.part_number - b.part_number);
  await api.retried(() => api.completeMultipart(noun, tag, { parts, upload_id: upload }));
}

interface Part {
  readonly upload: string;
  readonly number: number;
  readonly body: ReturnType<Sending["body"]>;
  readonly signal: AbortSignal;
}

/** @returns the ETag, as it came */
async function sendPart(work: PushWork, { upload, number, body, signal }: Part): Promise<string> {
  const { noun, tag } = work;
  const api = work.api.until(signal);
  const what = `take part ${number} of ${JSON.stringify(String(tag))}`;
  return api.retried(
    async () => {
      const { presigned_upload_url: url } = await api.presignPart(noun, tag, { upload_id: upload, part_number: number });
      const answer = await api.http.elsewhere(url, { method: "PUT", body, what, answerMs: 600_000, signal });
      const { etag } = answer.headers;
      answer.discard();
      if (etag === undefined) throw failed(work, `names no ETag for part ${number}`);
      return etag;
    },
    { isTransient: isExpiredOnce() },
  );
}

function failed({ api, tag }: PushWork, why: string): BentoError {
  return new BentoError(
    "BENTO_REGISTRY_FAILED",
    `${JSON.stringify(api.http.endpoint)} cannot take ${JSON.stringify(String(tag))}: it ${why}.`,
  );
}
