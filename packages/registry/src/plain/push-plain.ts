import { BentoError } from "@bento/core";
import { tarOf } from "@bento/store/archives";
import type { Version } from "../api/registry-api.js";
import type { PushOutcome, PushWork } from "../protocol.js";
import { isExpiredOnce } from "./expired-url.js";
import { sendParts } from "./send-parts.js";
import { Sending } from "./sending.js";

/** How long a failed push may take to say so. Milliseconds. */
const farewellMs = 10_000;
/** Characters of a reason that a registry is told. */
const maxReason = 1000;

/**
 * Sends an item as one archive, in whichever of the three ways the registry asks for: through itself, to one URL that is
 * signed, or to one for each part. The archive is made while it is sent.
 *
 * What was not sent whole is never completed: the registry is told that it failed.
 * @source BentoML cloud/model.py, cloud/bento.py `_do_push`; differs: retries, no archive on disk, nothing completed after a part that failed
 */
export async function pushPlain(work: PushWork): Promise<PushOutcome> {
  const { api, noun, tag, record, force, tree, signal } = work;
  const tar = await tarOf(tree, { signal });
  let version = await api.version(noun, tag);
  if (version?.upload_status === "success" && !force) return { outcome: "skipped", bytes: { total: tar.size, sent: 0 } };
  if (version === undefined) version = await created(work);
  else if (noun === "bento") version = await api.updateBento(tag, record);
  const { strategy, url } = await strategyOf(work, version);
  await api.startUpload(noun, tag);
  const sending = new Sending(work, tar);
  if (strategy === "proxy") await sendThrough(work, sending);
  else await telling(work, () => (strategy === "parts" ? sendParts(work, tar, sending) : sendTo(work, sending, url)));
  work.report({ phase: "finish", bytes: tar.size, total: tar.size });
  return { outcome: "pushed", bytes: { total: tar.size, sent: sending.sent } };
}

/** Two pushes at once may both find nothing, and one of them is told so. */
async function created({ api, noun, tag, record }: PushWork): Promise<Version> {
  try {
    return await api.createVersion(noun, tag, record);
  } catch (error) {
    const version = BentoError.is(error, "BENTO_CONFLICT") ? await api.version(noun, tag) : undefined;
    if (version === undefined) throw error;
    return version;
  }
}

interface Strategy {
  readonly strategy: "proxy" | "url" | "parts";
  readonly url: string;
}

async function strategyOf({ api, noun, tag }: PushWork, version: Version): Promise<Strategy> {
  const named = version.transmission_strategy ?? "";
  if (named !== "") return { strategy: named === "proxy" ? "proxy" : "parts", url: "" };
  const { presigned_upload_url: url } = await api.presignUpload(noun, tag);
  return { strategy: url === "" ? "proxy" : "url", url };
}

/** Through the registry, which says itself when it is whole. */
async function sendThrough({ api, noun, tag }: PushWork, sending: Sending): Promise<void> {
  const body = sending.whole();
  const status = await api.retried(() => api.upload(noun, tag, body));
  if (status === "success") return;
  const version = await api.version(noun, tag);
  if (version?.upload_status === "success") return;
  const said = version === undefined ? "knows nothing of it" : `says that it is ${JSON.stringify(version.upload_status)}`;
  const reason = version?.upload_finished_reason ? `: ${version.upload_finished_reason}` : "";
  throw new BentoError(
    "BENTO_REGISTRY_FAILED",
    `${JSON.stringify(api.http.endpoint)} took all of ${JSON.stringify(String(tag))}, and ${said}${reason}.`,
    {
      hint: "Push it again; if that does not help, the registry is not in order.",
    },
  );
}

/** To one URL that is signed. One that has expired meanwhile is asked for anew. */
async function sendTo({ api, noun, tag, signal }: PushWork, sending: Sending, url: string): Promise<void> {
  const body = sending.whole();
  let next: string | undefined = url;
  await api.retried(
    async () => {
      const target: string = next ?? (await api.presignUpload(noun, tag)).presigned_upload_url;
      next = undefined;
      const answer = await api.http.elsewhere(target, {
        method: "PUT",
        body,
        what: `take ${JSON.stringify(String(tag))}`,
        answerMs: 600_000,
        signal,
      });
      answer.discard();
    },
    { isTransient: isExpiredOnce() },
  );
}

/** Does the sending, and tells the registry what came of it. */
async function telling({ api, noun, tag }: PushWork, send: () => Promise<void>): Promise<void> {
  try {
    await send();
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error)).slice(0, maxReason);
    // Also when it was stopped: nobody waits for the rest of it. That it cannot be told changes nothing.
    const farewell = api.until(AbortSignal.timeout(farewellMs));
    await farewell.finishUpload(noun, tag, { status: "failed", reason }).catch(() => {});
    throw error;
  }
  await api.finishUpload(noun, tag, { status: "success", reason: "" });
}
