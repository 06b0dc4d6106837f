// Checked by tsc alone, under both decorator settings: what must not compile where kinds are, and what each kind is to callers.
import { z } from "zod";
import type { Client } from "@bento/client";
import { type BentoFile, type BentoImage, type DataFrame, type Tensor, type TensorInput } from "@bento/core";
import {
  api,
  type ApiInput,
  type ApiOutput,
  type Args,
  type BatchReturns,
  defineService,
  type Returns,
  type Sequence,
  service,
} from "@bento/sdk";
import {
  audio,
  byteStream,
  bytes,
  dataframe,
  file,
  type FileInput,
  image,
  jsonLines,
  pdf,
  tensor,
  video,
  type WebUrl,
} from "@bento/sdk/kinds";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(verdict: Equal<A, B>): boolean => verdict;

const Floats = tensor("float32", ["n"]);
const Labels = tensor("int64", ["n"]);
const Photo = z.object({ photo: image() });
const Words = z.object({ words: jsonLines(z.object({ word: z.string() })) });
const Lines = jsonLines(z.object({ word: z.string(), times: z.number().default(1) }));
const Raw = byteStream();
const People = dataframe({ name: "string", age: "number" });
const Deep = z.object({
  pages: z.array(z.object({ scan: image(), text: z.string().optional() })),
  extra: z.record(z.string(), tensor("int8")),
});
const Media = z.object({ film: video(), sound: audio({ contentType: "audio/wav" }), paper: pdf({ url: true }) });
const Prompt = z.object({ picture: image(), tokens: z.number().default(10) });

export class Wrong {
  // @ts-expect-error the schema gives a tensor, and no list
  @api({ input: Floats, output: z.number() }) list(x: number[]) {
    return x.length;
  }
  // @ts-expect-error a tensor of another dtype
  @api({ input: Floats, output: z.number() }) dtype(x: Tensor<"int64">) {
    return x.size;
  }
  // @ts-expect-error a file is no image: it has no width
  @api({ input: z.object({ photo: file() }), output: z.number() }) notAnImage({ photo }: { photo: BentoImage }) {
    return photo.width;
  }
  // @ts-expect-error a stream is read, not indexed
  @api({ input: Lines, output: z.string() }) indexed(lines: { word: string; times: number }[]) {
    return lines[0]?.word ?? "";
  }
  // @ts-expect-error bytes are no text
  @api({ input: bytes(), output: z.string() }) text(data: string) {
    return data;
  }
  // @ts-expect-error no such column
  @api({ input: People, output: z.number() }) column(people: DataFrame<{ readonly size: number | null }>) {
    return people.length;
  }
  // @ts-expect-error floats where labels are due
  @api({ input: Floats, output: Labels }) async result(x: Args<typeof Floats>): Promise<Returns<typeof Floats>> {
    return x;
  }
  // @ts-expect-error text is no image
  @api({ input: z.string(), output: image() }) async drawn(prompt: string) {
    return prompt;
  }
  // @ts-expect-error the caller gets a tensor, the type says a list
  @api({ input: Floats, output: Labels }) async plainResult(x: Args<typeof Floats>): Promise<bigint[]> {
    return [BigInt(x.size)];
  }
  // @ts-expect-error items are images
  @api({ input: z.string(), output: image() }) async *frames(text: string) {
    yield text;
  }
  // @ts-expect-error one picture holds no items to gather
  @api({ input: Photo, output: Labels, batchable: true }) async onePhoto({
    photo,
  }: Args<typeof Photo>): Promise<BatchReturns<typeof Labels>> {
    return [photo.width];
  }
  // @ts-expect-error a batch of tensors is answered with items, not with one number
  @api({ input: Floats, output: z.number(), batchable: true }) async oneNumber(x: Args<typeof Floats>) {
    return x.size;
  }
  // @ts-expect-error a batch's items are of the output's kind
  @api({ input: Floats, output: Labels, batchable: true }) async otherItems(x: Args<typeof Floats>): Promise<BatchReturns<typeof Floats>> {
    return x;
  }
}

@service()
export class Zoo {
  @api({ input: Lines, output: z.string() }) async *lines(lines: Args<typeof Lines>) {
    for await (const { word, times } of lines) yield word.repeat(times);
  }
  @api({ input: Raw, output: Raw }) async raw(chunks: Args<typeof Raw>): Promise<Returns<typeof Raw>> {
    return chunks;
  }
  @api({ input: Deep, output: Deep }) async deep(given: Args<typeof Deep>): Promise<Returns<typeof Deep>> {
    for (const { scan, text } of given.pages) same<[typeof scan, typeof text], [BentoImage, string | undefined]>(true);
    return given;
  }
  @api({ input: Media, output: Media }) async media(given: Args<typeof Media>): Promise<Returns<typeof Media>> {
    return given;
  }
  @api({ input: People, output: People, batchable: true }) async people(given: Args<typeof People>): Promise<BatchReturns<typeof People>> {
    return given;
  }
  @api({ input: Prompt, output: z.string(), batchable: "continuous" })
  step(sequences: readonly Sequence<Args<typeof Prompt>, string, number>[]) {
    for (const sequence of sequences) if (sequence.input.picture.width > sequence.input.tokens) sequence.end();
  }
}
type Person = { readonly name: string | null; readonly age: number | null };

export const sentLines: ApiInput<Zoo, "lines">[] = [[{ word: "a" }, { word: "b", times: 2 }], (async function* () {})()];
// @ts-expect-error a line is an object
export const sentTexts: ApiInput<Zoo, "lines"> = ["a"];
same<ApiOutput<Zoo, "lines">, string>(true);
same<ApiInput<Zoo, "raw">, AsyncIterable<Uint8Array> | FileInput>(true);
same<ApiInput<Zoo, "deep">, { pages: { scan: FileInput; text?: string | undefined }[]; extra: Record<string, TensorInput<"int8">> }>(true);
same<ApiOutput<Zoo, "deep">, { pages: { scan: BentoImage; text?: string | undefined }[]; extra: Record<string, Tensor<"int8">> }>(true);
same<ApiInput<Zoo, "media">, { film: FileInput; sound: FileInput; paper: FileInput | WebUrl }>(true);
same<ApiOutput<Zoo, "media">, { film: BentoFile; sound: BentoFile; paper: BentoFile }>(true);
same<ApiOutput<Zoo, "people">, DataFrame<Person>>(true);
same<ApiInput<Zoo, "step">, { picture: FileInput; tokens?: number | undefined }>(true);
same<ApiOutput<Zoo, "step">, string>(true);
// @ts-expect-error there is no such endpoint
export type Absent = ApiInput<Zoo, "absent">;
// @ts-expect-error nor is a constructor's own property one
export type Prototype = ApiOutput<typeof Defined, "prototype">;

export const Defined = defineService({
  name: "defined",
  apis: {
    lines: api({ input: Lines, output: z.number() }, async (lines) => {
      let n = 0;
      for await (const { times } of lines) n += times;
      return n;
    }),
    frames: api({ input: z.number(), output: image() }, async function* (n) {
      yield new Uint8Array(n);
    }),
    deep: api({ input: Deep, output: Media }, ({ pages }) => ({
      film: pages[0]?.scan ?? new Blob(),
      sound: new Blob(),
      paper: new Blob(),
    })),
    people: api({ input: People, output: People, batchable: true }, (people) => people),
  },
});
type Defined = InstanceType<typeof Defined>;
same<ApiInput<Defined, "lines">, ApiInput<Zoo, "lines">>(true);
same<ApiOutput<Defined, "lines">, number>(true);
same<ApiInput<typeof Defined, "deep">, ApiInput<Defined, "deep">>(true);
same<ApiOutput<typeof Zoo, "deep">, ApiOutput<Zoo, "deep">>(true);
same<ApiOutput<Defined, "frames">, BentoImage>(true);
same<ApiInput<Defined, "deep">, ApiInput<Zoo, "deep">>(true);
same<ApiOutput<Defined, "deep">, ApiOutput<Zoo, "media">>(true);
same<ApiOutput<Defined, "people">, DataFrame<Person>>(true);

export const wrong = {
  // @ts-expect-error text is no film
  media: api({ input: Deep, output: Media }, () => ({ film: "film.mp4", sound: new Blob(), paper: new Blob() })),
  // @ts-expect-error a handler gets the image itself
  image: api({ input: Photo, output: z.number() }, ({ photo }: { photo: Blob }) => photo.size),
  // @ts-expect-error one picture holds no items to gather
  batch: api({ input: Photo, output: Labels, batchable: true }, () => [1n]),
  // @ts-expect-error ages are numbers
  rows: api({ input: z.string(), output: People }, (name) => [{ name, age: "old" }]),
};

declare const client: Client<Zoo>;
declare const defined: Client<typeof Defined>;
export async function calls(): Promise<void> {
  for await (const word of client.lines([{ word: "a" }])) same<typeof word, string>(true);
  for await (const frame of defined.frames(1)) same<typeof frame, BentoImage>(true);
  // @ts-expect-error a line is an object
  for await (const _ of client.lines(["a"])) break;
  // @ts-expect-error a path is no file: it would be sent as its name
  await client.media({ film: "film.mp4", sound: new Blob(), paper: new Blob() });
  // @ts-expect-error a float32 array holds no int8
  await client.deep({ pages: [], extra: { a: new Float32Array(1) } });
  // @ts-expect-error there is no such column
  await client.people([{ nam: "Ada" }]);
  // @ts-expect-error a table is not to be left out, although each of its columns may
  await client.people();
  // @ts-expect-error nor such an endpoint
  await defined.frame(1);
  // @ts-expect-error what is answered once cannot be iterated
  for await (const _ of client.deep({ pages: [], extra: {} })) break;
}

// @ts-expect-error a stream of values is the whole input, its values have a schema
jsonLines();
// @ts-expect-error sizes are numbers of bytes
file("text/plain", { maxBytes: "1MB" });
// @ts-expect-error no such format
image({ formats: ["exe"] });
// @ts-expect-error a dimension is a size or a name
tensor("float32", [null]);
// @ts-expect-error no such way to write a table
dataframe(["a"], { orient: "split" });
export const sentWords: z.input<typeof Words> = { words: [{ word: "a" }] };
