import type { _Object as ListedObject } from "@aws-sdk/client-s3";
import type { BucketRequests } from "./bucket-requests.js";
import { isMissingObject, isPassing, refusalOf } from "./s3-failure.js";

/** What is listed. */
interface Listing {
  /** What every key must begin with. */
  readonly prefix: string;
  /** For errors. */
  readonly doing: string;
  /** Default: as many as the server likes, 1000 as a rule. */
  readonly pageSize?: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/** An object with a key. */
type KeyedObject = ListedObject & { readonly Key: string };

/** All objects whose key begins with something, page by page. */
export async function* listObjects(requests: BucketRequests, listing: Listing): AsyncGenerator<KeyedObject, void> {
  for await (const page of pages(requests, listing)) yield* page;
}

/** Removes all objects whose key begins with something, whatever the rest of it is. */
export async function deleteObjects(requests: BucketRequests, prefix: string, signal: AbortSignal | undefined): Promise<void> {
  let atOnce = true;
  for await (const page of pages(requests, { prefix, doing: "delete", signal })) {
    if (page.length > 0 && atOnce) atOnce = await deletePage(requests, page, signal);
    if (!atOnce) await deleteEach(requests, page, signal);
  }
}

async function* pages(
  requests: BucketRequests,
  { prefix, doing, pageSize, signal }: Listing,
): AsyncGenerator<readonly KeyedObject[], void> {
  const { access, bucket } = requests;
  const size = pageSize === undefined ? {} : { MaxKeys: pageSize };
  for (let token: string | undefined; ;) {
    const next = token === undefined ? {} : { ContinuationToken: token };
    const command = new access.sdk.ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ...size, ...next });
    const answer = await requests.ask(doing, prefix, signal, (options) => access.client.send(command, options));
    yield (answer.Contents ?? []).filter((object): object is KeyedObject => object.Key !== undefined);
    if (answer.IsTruncated !== true) return;
    if (answer.NextContinuationToken === undefined || answer.NextContinuationToken === token) {
      throw requests.failure(prefix, { doing, reason: "the server lists the same again and again" });
    }
    token = answer.NextContinuationToken;
  }
}

/** @returns whether the server can do that */
async function deletePage(requests: BucketRequests, page: readonly KeyedObject[], signal: AbortSignal | undefined): Promise<boolean> {
  const { access, bucket } = requests;
  const Objects = page.map(({ Key }) => ({ Key }));
  const command = new access.sdk.DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } });
  const answer = await requests.ask("delete", page[0]?.Key ?? "", signal, (options) =>
    access.client.send(command, options).catch((error: unknown) => {
      // Google's, for one, knows no such request.
      const { status } = refusalOf(error);
      if (status === 400 || status === 404 || status === 405 || status === 411 || status === 501) return undefined;
      throw error;
    }),
  );
  const failed = answer?.Errors?.find(({ Code }) => Code !== "NoSuchKey");
  if (failed !== undefined) {
    const reason = [failed.Code, failed.Message].filter((text) => text !== undefined && text !== "").join(": ");
    throw requests.failure(failed.Key ?? "", {
      doing: "delete",
      reason: `the server answered ${reason}`,
      isTransient: isPassing(failed.Code ?? ""),
    });
  }
  return answer !== undefined;
}

async function deleteEach(requests: BucketRequests, page: readonly KeyedObject[], signal: AbortSignal | undefined): Promise<void> {
  const { client, sdk } = requests.access;
  const waiting = [...page];
  const lane = async (): Promise<void> => {
    for (let object = waiting.pop(); object !== undefined; object = waiting.pop()) {
      const { Key } = object;
      await requests.ask("delete", Key, signal, async (options) => {
        await client.send(new sdk.DeleteObjectCommand(requests.object(Key)), options).catch((error: unknown) => {
          if (!isMissingObject(error)) throw error;
        });
      });
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

/** Requests to delete one each, at the same time. */
const lanes = 4;
