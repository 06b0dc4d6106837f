import { join } from "node:path";

import { BentoError } from "@bento/core";

import type { BlobStore } from "./blobs/blob-store.js";
import { FolderBlobStore } from "./blobs/folder.js";
import { FolderUploads } from "./uploads/folder.js";
import type { UploadStore } from "./uploads/upload-store.js";

/** Where files are kept. */
export interface StoreOptions {
  readonly bucket?: string | undefined;
  readonly s3Endpoint?: string | undefined;
}

export interface Stores {
  readonly blobs: BlobStore;
  readonly uploads: UploadStore;
  /** How Python's client sends and fetches, as long as nobody says another way. */
  readonly usualTransmission: "proxy" | "presigned_url";
}

/** Opens what keeps files: the registry's folder, or a bucket. @throws BENTO_CONFIG_INVALID */
export async function openStores(folder: string, { bucket }: StoreOptions): Promise<Stores> {
  if (bucket !== undefined) throw new BentoError("BENTO_CONFIG_INVALID", `The bucket ${JSON.stringify(bucket)} cannot be used.`);
  return { blobs: new FolderBlobStore(folder), uploads: new FolderUploads(join(folder, "uploads")), usualTransmission: "proxy" };
}
