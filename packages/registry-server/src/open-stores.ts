import { join } from "node:path";

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
export async function openStores(folder: string, { bucket, s3Endpoint }: StoreOptions): Promise<Stores> {
  if (bucket !== undefined) {
    const [{ openBucket }, { S3BlobStore }, { BucketUploads }] = await Promise.all([
      import("./blobs/bucket.js"),
      import("./blobs/s3.js"),
      import("./uploads/bucket.js"),
    ]);
    const opened = await openBucket({ bucket, endpoint: s3Endpoint });
    return { blobs: new S3BlobStore(opened), uploads: new BucketUploads(opened), usualTransmission: "presigned_url" };
  }
  return { blobs: new FolderBlobStore(folder), uploads: new FolderUploads(join(folder, "uploads")), usualTransmission: "proxy" };
}
