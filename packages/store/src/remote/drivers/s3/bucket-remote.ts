import type { _Object as ListedObject } from "@aws-sdk/client-s3";
import type { BentoError } from "@bento/core";
import { checkSignal } from "../../../store/cancellation.js";
import type { SignalOptions } from "../../../store/model-store.js";
import type { Remote, RemoteContent, RemoteEntry, RemoteReadOptions } from "../../remote.js";
import { contentOfBytes } from "../shared/remote-content.js";
import type { BucketRequests } from "./bucket-requests.js";
import { deleteObjects, listObjects } from "./many-objects.js";
import { checkedKey, folderKey, withoutSlash } from "./object-names.js";
import { readObject } from "./read-object.js";
import { isMissingObject } from "./s3-failure.js";
import { writeObject } from "./write-object.js";

/** A bucket. Objects whose key ends in `/` stand for folders, as the consoles of servers make them. */
export class BucketRemote implements Remote {
  readonly name: string;
  readonly traits = { ranges: true, lanes: 6 };
  readonly #requests: BucketRequests;
  readonly #partSize: number | undefined;

  constructor(requests: BucketRequests, partSize: number | undefined) {
    this.name = requests.name;
    this.#requests = requests;
    this.#partSize = partSize;
  }

  async stat(path: string, { signal }: SignalOptions = {}): Promise<RemoteEntry | undefined> {
    const key = withoutSlash(path);
    if (key === path && key !== "") {
      const file = await this.#head(key, signal);
      if (file !== undefined) return file;
    }
    for await (const _ of listObjects(this.#requests, { prefix: folderKey(path), doing: "look at", pageSize: 2, signal })) {
      return folderEntry(key);
    }
    return key === "" ? folderEntry("") : undefined;
  }

  read(path: string, options: RemoteReadOptions = {}): AsyncIterable<Uint8Array> {
    return readObject(this.#requests, path, options);
  }

  async write(path: string, content: RemoteContent, { signal }: SignalOptions = {}): Promise<void> {
    await writeObject({ requests: this.#requests, key: path, content, partSize: this.#partSize, signal });
  }

  async makeFolder(path: string, { signal }: SignalOptions = {}): Promise<void> {
    const key = folderKey(path);
    if (key !== "") await this.write(key, contentOfBytes(new Uint8Array()), { signal });
  }

  async *list(path: string, { signal }: SignalOptions = {}): AsyncGenerator<RemoteEntry, void> {
    const prefix = folderKey(path);
    const fail = (reason: string): BentoError => this.#requests.failure(path, { doing: "list", reason });
    for await (const object of listObjects(this.#requests, { prefix, doing: "list", signal })) {
      if (object.Key === prefix) continue;
      const listed = checkedKey(object.Key, prefix, fail);
      yield object.Key.endsWith("/") ? folderEntry(listed) : { kind: "file", path: listed, size: object.Size, version: versionOf(object) };
      checkSignal(signal, `Listing ${JSON.stringify(this.name + path)}`);
    }
  }

  async delete(path: string, { signal }: SignalOptions = {}): Promise<void> {
    const { access, bucket } = this.#requests;
    const found = await this.stat(path, { signal });
    if (found?.kind === "file") {
      const command = new access.sdk.DeleteObjectCommand({ Bucket: bucket, Key: path });
      await this.#requests.ask("delete", path, signal, (options) => access.client.send(command, options).catch(ignoreMissing));
    } else if (found !== undefined) {
      await deleteObjects(this.#requests, folderKey(path), signal);
    }
  }

  // oxlint-disable-next-line require-await -- others have to wait
  async [Symbol.asyncDispose](): Promise<void> {
    this.#requests.access.client.destroy();
  }

  async #head(key: string, signal: AbortSignal | undefined): Promise<RemoteEntry | undefined> {
    const { access } = this.#requests;
    const object = this.#requests.object(key);
    return this.#requests.ask("look at", key, signal, async (options) => {
      try {
        const head = await access.client.send(new access.sdk.HeadObjectCommand(object), options);
        return { kind: "file", path: key, size: head.ContentLength, version: versionOf(head) };
      } catch (error) {
        if (isMissingObject(error)) return undefined;
        // What answers a HEAD has no words: the server says them to who wants to have something.
        const first = await access.client.send(new access.sdk.GetObjectCommand({ ...object, Range: "bytes=0-0" }), options);
        await first.Body?.transformToByteArray();
        throw error;
      }
    });
  }
}

function folderEntry(path: string): RemoteEntry {
  return { kind: "folder", path, size: 0, version: undefined };
}

/** The ETag as it is: requests may name it. */
function versionOf({ ETag, LastModified }: Pick<ListedObject, "ETag" | "LastModified">): string | undefined {
  return ETag ?? LastModified?.toISOString();
}

function ignoreMissing(error: unknown): void {
  if (!isMissingObject(error)) throw error;
}
