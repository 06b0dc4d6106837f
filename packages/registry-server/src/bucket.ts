// Blobs in a bucket, for programs that look after one: apart from the rest, whose types need no package for S3.
export { type Bucket, type BucketLocation, openBucket } from "./blobs/bucket.js";
export { S3BlobStore } from "./blobs/s3.js";
