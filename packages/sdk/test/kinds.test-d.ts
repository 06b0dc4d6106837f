// Checked by tsc alone, under both decorator settings: what must and what must not compile where kinds are.
import { z } from "zod";
import type { Client } from "@bento/client";
import { type BentoFile, type BentoImage, DataFrame, Tensor, type TensorInput } from "@bento/core";
import { api, type ApiInput, type ApiOutput, type Args, type BatchReturns, defineService, type Returns, service } from "@bento/sdk";
import { audio, byteStream, bytes, dataframe, file, type FileInput, image, jsonLines, pdf, tensor, type WebUrl } from "@bento/sdk/kinds";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(verdict: Equal<A, B>): boolean => verdict;

const Images = z.object({ images: tensor("float32", ["n", 64]), top: z.number().default(1) });
const Labels = tensor("int64", ["n"]);
const Everything = z.object({
  file: file(),
  picture: image().optional(),
  sound: audio().nullable(),
  papers: z.array(pdf()),
  raw: bytes(),
  people: dataframe({ name: "string", age: "number" }),
  any: dataframe(),
  listed: dataframe(["a", "b"]),
  either: z.union([tensor("float64"), z.string()]),
});
const Kinds = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("picture"), data: image() }),
  z.object({ kind: z.literal("numbers"), data: tensor("float32") }),
]);
const Lines = jsonLines(z.object({ n: z.number(), m: z.string().default("") }));
const Raw = byteStream();
const Floats = tensor("float32");
const Named = z.object({
  photo: image({ url: true }),
  sounds: z.array(audio({ url: true, contentType: "audio/mpeg" })),
  paper: file("application/pdf", { url: true }).optional(),
  scan: pdf({ url: false, maxBytes: 10 }).optional(),
});

@service()
export class Zoo {
  @api({ input: Images, output: Labels })
  async classify({ images }: Args<typeof Images>): Promise<Returns<typeof Labels>> {
    same<typeof images, Tensor<"float32">>(true);
    return [images.size];
  }

  /** What is no other side of anything needs no mark. */
  @api({ input: tensor(), output: tensor() })
  async plain(x: Tensor) {
    return x;
  }

  @api({ input: Everything, output: Everything })
  async everything(given: Args<typeof Everything>): Promise<Returns<typeof Everything>> {
    same<typeof given.file, BentoFile>(true);
    same<typeof given.picture, BentoImage | undefined>(true);
    same<typeof given.sound, BentoFile | null>(true);
    same<typeof given.papers, BentoFile[]>(true);
    same<typeof given.raw, Uint8Array>(true);
    same<typeof given.people, DataFrame<{ readonly name: string | null; readonly age: number | null }>>(true);
    same<typeof given.listed, DataFrame<Readonly<Record<"a" | "b", unknown>>>>(true);
    same<typeof given.either, Tensor<"float64"> | string>(true);
    for (const { name, age } of given.people) same<[typeof name, typeof age], [string | null, number | null]>(true);
    return { ...given, people: [{ name: "Ada", age: 36 }], any: { a: [1, 2] }, file: new Uint8Array(1) };
  }

  @api({ input: Kinds, output: z.number() })
  async union(given: Args<typeof Kinds>) {
    return given.kind === "picture" ? given.data.width : given.data.size;
  }

  @api({ input: Lines, output: z.number() })
  async lines(lines: Args<typeof Lines>) {
    let length = 0;
    for await (const line of lines) {
      same<typeof line, { n: number; m: string }>(true);
      length += line.m.length;
    }
    return length;
  }

  @api({ input: Raw, output: bytes() })
  async bytes(chunks: Args<typeof Raw>) {
    for await (const chunk of chunks) {
      same<typeof chunk, Uint8Array>(true);
      return chunk;
    }
    return new Uint8Array();
  }

  @api({ input: Images, output: Labels, batchable: true })
  async batched({ images }: Args<typeof Images>): Promise<BatchReturns<typeof Labels>> {
    return new BigInt64Array(images.shape[0] ?? 0);
  }

  @api({ input: dataframe({ x: "number" }), output: dataframe(["y"]), batchable: true })
  async table(frame: Args<ReturnType<typeof xTable>>): Promise<BatchReturns<ReturnType<typeof yTable>>> {
    return DataFrame.fromRecords([{ y: frame.length }]);
  }

  @api({ input: Named, output: z.number() })
  named({ photo, paper }: Args<typeof Named>) {
    same<[typeof photo, typeof paper], [BentoImage, BentoFile | undefined]>(true);
    return photo.width;
  }

  @api({ input: Floats, output: image() })
  async *frames(x: Args<typeof Floats>): AsyncGenerator<Returns<ReturnType<typeof image>>> {
    yield new Uint8Array(x.size);
  }
}

declare function xTable(): ReturnType<typeof dataframe<{ x: "number" }>>;
declare function yTable(): ReturnType<typeof dataframe<readonly ["y"]>>;

same<ApiInput<Zoo, "classify">, { images: TensorInput<"float32">; top?: number | undefined }>(true);
same<ApiOutput<Zoo, "classify">, Tensor<"int64">>(true);
same<ApiInput<Zoo, "everything">["file"], FileInput>(true);
same<ApiInput<Zoo, "everything">["picture"], FileInput | undefined>(true);
same<ApiInput<Zoo, "everything">["sound"], FileInput | null>(true);
same<ApiInput<Zoo, "everything">["papers"], FileInput[]>(true);
same<ApiOutput<Zoo, "everything">["picture"], BentoImage | undefined>(true);
same<ApiOutput<Zoo, "everything">["people"], DataFrame<{ readonly name: string | null; readonly age: number | null }>>(true);
same<ApiInput<Zoo, "union">, { kind: "picture"; data: FileInput } | { kind: "numbers"; data: TensorInput<"float32"> }>(true);
same<ApiOutput<Zoo, "frames">, BentoImage>(true);
same<ApiInput<Zoo, "named">["photo"], FileInput | WebUrl>(true);
same<ApiInput<Zoo, "named">["sounds"], (FileInput | WebUrl)[]>(true);
same<ApiInput<Zoo, "named">["paper"], FileInput | WebUrl | undefined>(true);
same<ApiInput<Zoo, "named">["scan"], FileInput | undefined>(true);
same<ApiOutput<Zoo, "batched">, Tensor<"int64">>(true);

declare const client: Client<Zoo>;
export async function calls(): Promise<void> {
  const labels = await client.classify({ images: [[1, 2]] });
  same<typeof labels, Tensor<"int64">>(true);
  same<ReturnType<typeof labels.at>, bigint>(true);
  await client.classify({ images: new Float32Array(64) });
  await client.classify({ images: Tensor.from([[1]], "float32"), top: 2 });
  // @ts-expect-error -- of another dtype
  await client.classify({ images: Tensor.from([[1]], "int64") });
  // @ts-expect-error -- texts are no numbers
  await client.classify({ images: [["a"]] });
  await client.union({ kind: "picture", data: new Blob() });
  // @ts-expect-error -- the numbers' kind takes no file
  await client.union({ kind: "numbers", data: new Blob() });
  await client.named({ photo: "https://example.com/cat.png", sounds: [new URL("http://example.com/a.mp3"), new Blob()] });
  // @ts-expect-error -- a path is no URL
  await client.named({ photo: "cat.png", sounds: [] });
  // @ts-expect-error -- a file that takes no URL
  await client.named({ photo: new Blob(), sounds: [], scan: "https://example.com/a.pdf" });
  await client.lines([{ n: 1 }]);
  await client.lines(numbers());
  await client.lines(new ReadableStream<{ n: number }>());
  // @ts-expect-error -- the defaults of items may be left out, their values may not
  await client.lines([{ m: "" }]);
  // @ts-expect-error -- of bytes, not of values
  await client.lines(pieces());
  await client.bytes(new Blob());
  await client.bytes(pieces());
  await client.bytes(new ReadableStream<Uint8Array>());
  // @ts-expect-error -- of values, not of bytes
  await client.bytes(numbers());
  await client.table([{ x: 1 }]);
  // @ts-expect-error -- no such column type
  await client.table([{ x: "1" }]);
  for await (const frame of client.frames([1])) same<typeof frame, BentoImage>(true);
}

async function* numbers(): AsyncGenerator<{ n: number }> {
  yield { n: 1 };
}

async function* pieces(): AsyncGenerator<Uint8Array> {
  yield new Uint8Array();
}

export const Defined = defineService({
  name: "defined",
  apis: {
    classify: api({ input: Images, output: Labels }, ({ images }) => [images.size]),
    people: api({ input: dataframe({ name: "string" }), output: z.string().nullable() }, (frame) => frame.row(0).name),
    sum: api({ input: Images, output: tensor("float32"), batchable: true }, ({ images }) => images),
  },
});
same<ApiInput<InstanceType<typeof Defined>, "classify">["images"], TensorInput<"float32">>(true);
same<ApiOutput<InstanceType<typeof Defined>, "classify">, Tensor<"int64">>(true);
same<ApiOutput<InstanceType<typeof Defined>, "people">, string | null>(true);

// @ts-expect-error -- a table's rows are no tensor
api({ input: Images, output: Labels }, () => [{ a: 1 }]);
// @ts-expect-error -- no dtype
tensor("float");
// @ts-expect-error -- no type of a column
dataframe({ a: "text" });

same<z.output<ReturnType<typeof tensor>>, Tensor>(true);
same<z.output<ReturnType<typeof tensor<"float32">>>, Tensor<"float32">>(true);
