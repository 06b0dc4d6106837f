import { openAsBlob } from "node:fs";
import { type FileSource, BentoFile, BentoImage, type FileContent, type ImageFormat } from "@bento/core";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_equal: Equal<A, B>): void {}

declare const response: Response;
declare const upload: File;

// What people have at hand is a source as it is.
export const sources: FileSource[] = [
  new Uint8Array(2),
  Buffer.from("a"),
  new ArrayBuffer(2),
  "text",
  new Blob([]),
  upload,
  new Blob([]).stream(),
  BentoFile.from("a"),
];
if (response.body !== null) sources.push(response.body);
sources.push(await openAsBlob("a"));

// @ts-expect-error numbers are no bytes
BentoFile.from(new Float32Array(2));
// @ts-expect-error nor are lists
BentoFile.from([1, 2]);

const file = BentoFile.from("a", { name: "a.txt", type: undefined });
same<typeof file, BentoFile>(true);
same<typeof file.name, string | undefined>(true);
same<typeof file.size, number | undefined>(true);
same<ReturnType<typeof file.stream>, ReadableStream<Uint8Array>>(true);
// @ts-expect-error a file does not change
file.name = "b";

// An image is a file; it takes time to make.
const image = BentoImage.from(file);
same<typeof image, Promise<BentoImage>>(true);
const asFile: BentoFile = await image;
same<BentoImage["format"], ImageFormat>(true);
same<BentoImage["width"], number>(true);
// @ts-expect-error a file is no image until its head is read
const asImage: BentoImage = file;

// A file is a content for another one; anything else needs a stream and to say its size or that it has none.
const again = new BentoFile(file);
const own = new BentoFile({ size: undefined, stream: () => new Blob([]).stream() });
// @ts-expect-error no stream
const content: FileContent = { size: 1 };

const unknown: unknown = 1;
if (BentoFile.isFile(unknown)) same<typeof unknown, BentoFile>(true);
if (BentoImage.isImage(unknown)) same<typeof unknown, BentoImage>(true);

export { again, asFile, asImage, content, own };
