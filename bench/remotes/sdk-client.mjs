// One transfer by the library that the maker of a store gives out, as its pages show it: `sdk-client.mjs s3|azblob up|down PLACE FILE`.
import { createReadStream, createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import { argv } from "node:process";
import { pipeline } from "node:stream/promises";

const [, , kind, action, given, file] = argv;
const place = JSON.parse(given);
const started = performance.now();
const bytes = await (kind === "s3" ? bucket() : container());
console.log(JSON.stringify({ ms: performance.now() - started, bytes }));

async function bucket() {
  const { GetObjectCommand, PutObjectCommand, S3Client } = await import("@aws-sdk/client-s3");
  const { endpoint, region, accessKeyId, secretAccessKey, bucket: Bucket, key: Key } = place;
  // Swift knows nothing of checksums behind the body.
  const checksums = { requestChecksumCalculation: "WHEN_REQUIRED", responseChecksumValidation: "WHEN_REQUIRED" };
  const client = new S3Client({ endpoint, region, credentials: { accessKeyId, secretAccessKey }, forcePathStyle: true, ...checksums });
  try {
    if (action === "down") return await written((await client.send(new GetObjectCommand({ Bucket, Key }))).Body);
    const Body = createReadStream(file, { highWaterMark: 1024 * 1024 });
    await client.send(new PutObjectCommand({ Bucket, Key, Body, ContentLength: place.size }));
    return place.size;
  } finally {
    client.destroy();
  }
}

async function container() {
  const { BlobServiceClient, StorageSharedKeyCredential } = await import("@azure/storage-blob");
  const service = new BlobServiceClient(place.endpoint, new StorageSharedKeyCredential(place.account, place.key));
  const blob = service.getContainerClient(place.container).getBlockBlobClient(place.path);
  if (action === "down") return written((await blob.download()).readableStreamBody);
  await blob.uploadFile(file);
  return place.size;
}

async function written(stream) {
  await pipeline(stream, createWriteStream(file));
  return (await stat(file)).size;
}
