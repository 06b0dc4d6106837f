export type { BlobRange, BlobStore, ListedBlob } from "./blobs/blob-store.js";
export { FolderBlobStore } from "./blobs/folder.js";
