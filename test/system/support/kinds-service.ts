import { EventEmitter } from "node:events";

import { BentoError } from "@bento/core";
import { api, type Args, BentoFile, type Context, defineService } from "@bento/sdk";
import { audio, bytes, byteStream, dataframe, file, image, jsonLines, pdf, tensor, video } from "@bento/sdk/kinds";
import { z } from "zod";
import { encodePng, pureTone, twoPagePdf } from "./small-files.js";

const Photo = z.object({
  photo: image({ formats: ["png", "jpeg"] }),
  invert: z.boolean().default(false).describe("Turns every colour round."),
});
const Sound = audio();
const Clip = z.object({ clip: video().optional(), at: z.number().min(0).default(0) });
const Paper = pdf();
const Images = z.object({ images: tensor("float32", ["n", 4]), ids: tensor("int64", ["n"]).optional() });
const Big = tensor("float32", ["n", 3]);
const Pixels = tensor("float32", [1, 3, 100, 100]);
const People = dataframe({ name: "string", age: "number", member: "boolean" });
const Guests = z.object({ people: People, year: z.int().default(2026) });
const Everything = z.object({
  name: z.string().min(2).describe("At least two letters."),
  count: z.int().min(1).max(10),
  ratio: z.number().nullable().default(null),
  colour: z.enum(["red", "green", "blue"]).default("green"),
  isNew: z.boolean().default(true),
  born: z.date(),
  id: z.bigint(),
  secret: bytes().optional(),
  tags: z.array(z.string()).default(["a", "b"]),
  home: z.object({ street: z.string(), number: z.int() }).optional(),
  extra: z.record(z.string(), z.unknown()).optional(),
});
const Shape = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("circle"), r: z.number().positive() }),
  z.object({ kind: z.literal("rectangle"), width: z.number(), height: z.number() }),
]);
const Said = z.object({ shape: Shape, label: z.union([z.string(), z.number()]).optional() });
const Lines = jsonLines(z.object({ n: z.number() }));
const Stream = byteStream();
const Counted = z.object({ to: z.int().min(1).max(100_000).default(5), endless: z.boolean().default(false) });
const Talk = z.object({ prompt: z.string().default("Tell me") });
const Report = z.object({ title: z.string(), chart: image(), scores: tensor("float32", [-1]), table: dataframe(), sound: audio() });
/** What would run, if anything that a service says were read as markup. */
export const attack = `<img src=x onerror="window.attacked=1"><script>window.attacked=1</script><svg onload="window.attacked=1">`;

const Which = z.object({
  which: z.enum(["html", "svg", "script", "text", "json", "event"]).describe(attack),
  [attack]: z.enum([attack, "other"]).optional(),
  table: dataframe([attack]).optional(),
});

/** Told of generators that began, and that ran their `finally`. */
export const generators = new EventEmitter();

/** Takes and gives every kind of value, for the page to be tried with. */
export const Kinds = defineService({
  name: "kinds",
  description: "Takes and gives every kind of value, so that the page can be tried.",
  apis: {
    look: api(
      { input: Photo, output: image(), description: "Gives the picture back, inverted if you like.\nIt stays a PNG." },
      async ({ photo, invert }: Args<typeof Photo>): Promise<BentoFile> => {
        const rgb = new Uint8Array(photo.width * photo.height * 3).map((_, at) => (invert ? 255 - (at % 256) : at % 256));
        return BentoFile.from(encodePng({ width: photo.width, height: photo.height, rgb }), { name: "seen.png", type: "image/png" });
      },
    ),
    hear: api({ input: Sound, output: Sound, description: "A sound, and the same again." }, async (sound: Args<typeof Sound>) => sound),
    tone: api(
      { input: z.object({ hertz: z.int().min(50).max(5000).default(440) }), output: Sound, description: "A tone." },
      ({ hertz }: { hertz?: number }) => BentoFile.from(pureTone(hertz ?? 440), { name: "tone.wav", type: "audio/wav" }) as never,
    ),
    watch: api({ input: Clip, output: z.string() }, async ({ clip }: Args<typeof Clip>) => (clip === undefined ? "no film" : clip.type)),
    read: api({ input: Paper, output: Paper, description: "A document, and the same again." }, async (paper: Args<typeof Paper>) => paper),
    print: api(
      { input: z.object({}), output: Paper },
      () => BentoFile.from(twoPagePdf, { name: "two pages.pdf", type: "application/pdf" }) as never,
    ),
    classify: api(
      { input: Images, output: tensor("float32", ["n", 4]), description: "Doubles each number." },
      ({ images }: Args<typeof Images>) => images.data.map((value) => value * 2),
    ),
    grow: api(
      { input: Big, output: tensor("float32", [-1, -1]), description: "Many numbers." },
      () => Array.from({ length: 200 }, (_, row) => Array.from({ length: 30 }, (__, at) => row + at / 100)) as never,
    ),
    average: api(
      { input: Pixels, output: z.number(), description: "Of more numbers than anybody types." },
      ({ data }: Args<typeof Pixels>) => data.reduce((sum, value) => sum + value, 0) / data.length,
    ),
    invite: api(
      { input: Guests, output: People, description: "Who comes, a year older." },
      ({ people }: Args<typeof Guests>) => people.records().map((row) => ({ ...row, age: (row.age ?? 0) + 1 })) as never,
    ),
    census: api(
      { input: z.object({ rows: z.int().default(1000) }), output: dataframe() },
      ({ rows }: { rows?: number }) =>
        Array.from({ length: rows ?? 1000 }, (_, n) => ({ id: n, name: `person ${n}`, score: n / 7 })) as never,
    ),
    echo: api(
      { input: Everything, output: Everything, description: "Each kind of plain value." },
      (given: Args<typeof Everything>) => given as never,
    ),
    area: api(
      { input: Said, output: z.number(), route: "/shapes/{unit}/area" },
      ({ shape }: Args<typeof Said>, ctx: Context) =>
        (shape.kind === "circle" ? shape.r * shape.r * Math.PI : shape.width * shape.height) *
        (ctx.request.params["unit"] === "cm" ? 10_000 : 1),
    ),
    shout: api({ input: z.string(), output: z.string(), description: "Text as a whole input." }, (text: string) => text.toUpperCase()),
    bytes: api({ input: bytes(), output: bytes() }, (given: Uint8Array) => given.toReversed()),
    files: api(
      { input: z.object({ all: z.array(file()) }), output: z.array(z.object({ name: z.string(), size: z.number() })) },
      async ({ all }: { all: readonly BentoFile[] }) =>
        Promise.all(all.map(async (one) => ({ name: one.name ?? "", size: (await one.bytes()).length }))),
    ),
    report: api(
      { input: z.object({ title: z.string().default("Quarter") }), output: Report, description: "Several kinds in one answer." },
      ({ title }: { title?: string }) =>
        ({
          title: title ?? "",
          chart: BentoFile.from(encodePng(gradient(120, 60)), { type: "image/png" }),
          scores: [0.1, 0.25, 0.65],
          table: [
            { month: "January", sold: 12 },
            { month: "February", sold: 17 },
          ],
          sound: BentoFile.from(pureTone(330), { type: "audio/wav" }),
        }) as never,
    ),
    count: api(
      { input: Counted, output: z.object({ n: z.number(), square: z.number() }), stream: true, description: "Counts, a number a moment." },
      async function* ({ to, endless }: Args<typeof Counted>, ctx: Context) {
        generators.emit("begun");
        try {
          const last = endless ? Infinity : to;
          for (let n = 1; n <= last; n++) {
            yield { n, square: n * n };
            if (endless) await pause(20, ctx.signal);
          }
        } finally {
          generators.emit("ended");
        }
      },
    ),
    talk: api(
      { input: Talk, output: z.string(), stream: true, description: "Words, one after another." },
      async function* ({ prompt }: Args<typeof Talk>) {
        for (const word of `${prompt} a story of a lighthouse, and of who kept it.`.split(/(?<= )/)) yield word;
      },
    ),
    fails: api({ input: z.object({}), output: z.string(), stream: true, description: "Two items, then an error." }, async function* () {
      yield "one ";
      yield "two ";
      throw new BentoError("BENTO_UNPROCESSABLE", "It cannot go on.", { hint: "Begin anew." });
    }),
    sum: api({ input: Lines, output: z.number(), description: "Adds up a stream of values." }, async (lines: Args<typeof Lines>) => {
      let sum = 0;
      for await (const { n } of lines) sum += n;
      return sum;
    }),
    weigh: api({ input: Stream, output: z.number(), description: "Counts a stream of bytes." }, async (stream: Args<typeof Stream>) => {
      let size = 0;
      for await (const chunk of stream) size += chunk.length;
      return size;
    }),
    refuse: api(
      { input: z.object({ code: z.enum(["BENTO_OVERLOADED", "BENTO_UNPROCESSABLE", "BENTO_NOT_FOUND"]) }), output: z.string() },
      ({ code }: { code: "BENTO_OVERLOADED" | "BENTO_UNPROCESSABLE" | "BENTO_NOT_FOUND" }): string => {
        throw new BentoError(code, "This endpoint never answers.", { hint: "Ask another." });
      },
    ),
    nothing: api({ input: z.object({}), output: z.null(), description: "Takes nothing, gives nothing." }, () => null),
    hostile: api({ input: Which, output: z.unknown(), description: attack }, ({ which }: Args<typeof Which>, ctx: Context): unknown => {
      const type = {
        html: "text/html",
        svg: "image/svg+xml",
        script: "text/javascript",
        text: "text/plain",
        json: "application/json",
        event: "text/event-stream",
      }[which];
      ctx.response.headers.set("x-hostile", attack);
      const content = which.startsWith("svg")
        ? `<svg xmlns="http://www.w3.org/2000/svg" onload="window.attacked=1"><script>parent.attacked=1;window.attacked=1</script></svg>`
        : which === "json"
          ? JSON.stringify({ [attack]: attack })
          : attack;
      return new Response(content, { headers: { "content-type": type } });
    }),
  },
});

function gradient(width: number, height: number): { width: number; height: number; rgb: Uint8Array } {
  const rgb = new Uint8Array(width * height * 3);
  for (let at = 0; at < width * height; at++) rgb.set([(at % width) * 2, Math.floor(at / width) * 4, 120], at * 3);
  return { width, height, rgb };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
