import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Tensor } from "@bento/core";
import { api, defineService } from "@bento/sdk";
import { dataframe, file, image, tensor } from "@bento/sdk/kinds";
import { type BentoServer, serve } from "@bento/server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { temporaryFolder } from "./bento.js";
import { run } from "./fake-terminal.js";

/** One transparent pixel. */
const png = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==", "base64");

const Kinds = defineService({
  name: "kinds",
  apis: {
    look: api({ input: z.object({ picture: image(), label: z.string().default("it") }), output: z.string() }, ({ picture, label }) => {
      return `${label} is ${picture.name}: ${picture.format}, ${picture.width}x${picture.height}`;
    }),
    names: api({ input: z.object({ files: z.array(file()) }), output: z.array(z.string()) }, ({ files }) =>
      files.map(({ name }) => String(name)),
    ),
    size: api(
      { input: file(), output: z.string() },
      async (input) => `${input.name}, ${(await input.bytes()).byteLength} bytes of ${input.type}`,
    ),
    scale: api(
      { input: z.object({ values: tensor("float32", ["n", 2]), by: z.number() }), output: tensor("float32", ["n", 2]) },
      ({ values, by }) =>
        new Tensor(
          "float32",
          values.shape,
          values.data.map((value) => value * by),
        ),
    ),
    rows: api({ input: z.object({ rows: dataframe(["a", "b"]) }), output: dataframe(["a", "b"]) }, ({ rows }) => rows),
  },
});

let server: BentoServer;
let folder: string;
const temporary = temporaryFolder();
beforeAll(async () => {
  server = await serve(Kinds, { port: 0, banner: false, accessLog: false, handleSignals: false });
  folder = temporary.path;
  writeFileSync(join(folder, "cat.png"), png);
  writeFileSync(join(folder, "values.json"), "[[1,2],[3,4]]");
});
afterAll(async () => {
  await server.close();
  temporary[Symbol.dispose]();
});

const call = (args: readonly string[], input?: Uint8Array | string) =>
  run(
    ["client", server.url, ...args.map((word) => word.replace("@/", `@${folder}/`))],
    input === undefined ? {} : { bytes: new Blob([input as string]).stream() },
  );
test("a file goes with its name", async () => {
  expect(await call(["look", "--picture", "@/cat.png"])).toMatchObject({ exit: 0, stdout: "it is cat.png: png, 1x1\n" });
  expect(await call(["look", "--picture=@/cat.png", "--label", "Tom"])).toMatchObject({ exit: 0, stdout: "Tom is cat.png: png, 1x1\n" });
  expect(await call(["names", "--files", "@/cat.png", "--files", "@/values.json"])).toMatchObject({
    exit: 0,
    stdout: '[\n  "cat.png",\n  "values.json"\n]\n',
  });
  expect(await call(["names", "--files", "@/cat.png"])).toMatchObject({ exit: 0, stdout: '[\n  "cat.png"\n]\n' });
});

test("a file may be the whole input, or be piped in", async () => {
  expect(await call(["size", "@/cat.png"])).toMatchObject({ exit: 0, stdout: `cat.png, ${png.byteLength} bytes of image/png\n` });
  expect(await call(["size", "@-"], "12345")).toMatchObject({ exit: 0, stdout: expect.stringContaining("5 bytes") as string });
  expect(await call(["look", "--picture", "@-"], png)).toMatchObject({ exit: 0, stdout: expect.stringContaining("png, 1x1") as string });
});

test("a data URL is a file; a word is none", async () => {
  const url = `data:image/png;base64,${png.toString("base64")}`;
  expect(await call(["look", "--picture", url])).toMatchObject({ exit: 0, stdout: expect.stringContaining("png, 1x1") as string });
  const wrong = await call(["look", "--picture", "cat.png"]);
  expect(wrong).toMatchObject({ exit: 2, stdout: "" });
  expect(wrong.stderr).toContain("--picture takes a file: write @ and its path");
  expect((await call(["look", "--picture", "@/nothing.png"])).exit).toBe(1);
  expect((await call(["look", "--picture", "@/"])).stderr).toContain("cannot be read");
});

test("tensors and tables are JSON here", async () => {
  expect(JSON.parse((await call(["scale", "--values", "[[1,2]]", "--by", "2"])).stdout)).toEqual([[2, 4]]);
  expect(JSON.parse((await call(["scale", "--values", "@/values.json", "--by", "10"])).stdout)).toEqual([
    [10, 20],
    [30, 40],
  ]);
  expect((await call(["scale", "--values", "[[1,2]]", "--by", "2", "-o", "yaml"])).stdout).toBe("- - 2\n  - 4\n");
  expect(JSON.parse((await call(["rows", "--rows", '[{"a":1,"b":"x"}]'])).stdout)).toEqual([{ a: 1, b: "x" }]);
  expect((await call(["rows", "--rows", '[{"a":1,"b":"x"}]', "-o", "yaml"])).stdout).toBe("- a: 1\n  b: x\n");
  const wrong = await call(["scale", "--values", "[[1,2,3]]", "--by", "2"]);
  expect(wrong).toMatchObject({ exit: 1, stdout: "" });
  expect(wrong.stderr).toContain("values");
});
