import { readdirSync } from "node:fs";
import { join } from "node:path";
import { BentoFile } from "@bento/core";
import { api, defineService } from "@bento/sdk";
import { file, image, tensor } from "@bento/sdk/kinds";
import { type BentoServer, serve } from "@bento/server";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { temporaryFolder } from "./bento.js";
import { FakeTerminal, run } from "./fake-terminal.js";
import { main } from "../src/main.js";

// What a person wants to know before a call, and what is easily written wrong.

const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_key, item) => (typeof item === "bigint" ? `${item}n` : (item as unknown))));
let drawn = 0;

/** One transparent pixel. */
const png = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==", "base64");

const Person = defineService({
  name: "person",
  apis: {
    greet: api(
      {
        description: "Says hello.\n\nTo \u001B[2Janybody.",
        input: z.object({
          who: z.string().describe("whom to greet,\nand nobody else"),
          mood: z.enum(["happy", "sad"]).default("happy"),
          times: z.int().optional(),
          context: z.string().optional(),
          timeout: z.number().optional(),
        }),
        output: z.any(),
      },
      (input) => input,
    ),
    either: api(
      {
        input: z.object({
          text: z.string().nullable(),
          at: z.date().nullable().optional(),
          ids: z.array(z.bigint()).optional(),
          by: z.number().optional(),
        }),
        output: z.any(),
      },
      plain,
    ),
    choose: api(
      {
        input: z.union([z.object({ kind: z.literal("a"), n: z.number() }), z.object({ kind: z.literal("b"), t: z.string().optional() })]),
        output: z.any(),
      },
      plain,
    ),
    size: api({ input: file(), output: z.number() }, async (input) => (await input.bytes()).byteLength),
    read: api({ input: z.object({ picture: image(), values: tensor("float32", ["n", 2]) }), output: z.string() }, () => "read"),
    draw: api({ input: z.object({}), output: image({ formats: ["png"] }) }, () => {
      drawn += 1;
      return BentoFile.from(png, { name: "dot.png", type: "image/png" });
    }),
  },
});

let server: BentoServer;
beforeAll(async () => {
  server = await serve(Person, { port: 0, banner: false, accessLog: false, handleSignals: false });
});
afterAll(() => server.close());

const call = (...args: readonly string[]) => run(["client", server.url, ...args]);

/** The same where a person looks at stdout. */
async function look(columns: number, ...args: readonly string[]) {
  const terminal = new FakeTerminal();
  terminal.outColumns = () => columns as never;
  const exit = await main(["client", server.url, ...args], terminal);
  return { exit, stdout: terminal.stdout, stderr: terminal.stderr };
}

describe("--help behind an endpoint", () => {
  test("says what it does, takes and answers, with examples to copy", async () => {
    const { exit, stdout, stderr } = await call("greet", "--help");
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
    expect(stdout).toBe(`Usage: bento client ${server.url} greet --who <text>
         [--mood <"happy"|"sad">] [--times <integer>] [--context <text>]
         [--timeout <number>]

Says hello.

To \\u001b[2Janybody.

Arguments:
  --who <text>            whom to greet, (required)
  --mood <"happy"|"sad">  (default: "happy")
  --times <integer>
  --context <text>
  --timeout <number>

Answers with any.

Examples:
  $ bento client ${server.url} greet --who text
  $ bento client ${server.url} greet @./input.json
  $ bento client ${server.url} greet --who text -o json
`);
  });

  test("shows samples of every kind", async () => {
    expect((await call("size", "-h")).stdout).toContain(`$ bento client ${server.url} size @./file\n`);
    expect((await call("read", "-h")).stdout).toContain(`read --picture @./picture.png --values '[[0,0]]'\n`);
    expect((await call("draw", "-h")).stdout).toContain(`$ bento client ${server.url} draw --save ./draw.png\n`);
    expect((await call("choose", "-h")).stdout).toContain(`choose --kind <"a"|"b">\n         [--n <number>] [--t <text>]\n`);
  });

  test("asks for no arguments, and for an endpoint that is there", async () => {
    expect((await call("greet", "--nonsense", "-h")).exit).toBe(0);
    expect(await call("greeet", "--help")).toMatchObject({ exit: 1, stderr: expect.stringContaining("Did you mean greet?") as string });
  });

  test("without one, or without a service, says what the command does", async () => {
    for (const args of [
      ["client", "--help"],
      ["client", server.url, "-h"],
      ["help", "client"],
    ]) {
      expect(await run(args)).toMatchObject({
        exit: 0,
        stdout: expect.stringContaining("Usage: bento client [options] <url> [endpoint] [input...]") as string,
      });
    }
    expect(await run(["client"])).toMatchObject({ exit: 2, stderr: expect.stringContaining("missing required argument 'url'") as string });
    expect((await run(["--help"])).stdout).toContain("client <url> [endpoint] [input...]");
  });
});

describe("the list of endpoints", () => {
  test("stays within a narrow window, and says how to learn more", async () => {
    const { stdout, stderr } = await look(60);
    for (const line of stdout.split("\n")) expect(line.length, line).toBeLessThanOrEqual(60);
    expect(stdout).toContain(`greet  Says hello.
    --who <text> [--mood <"happy"|"sad">]
      [--times <integer>] [--context <text>]
      [--timeout <number>]
    -> any
`);
    expect(stderr).toBe(`hint: bento client ${server.url} ENDPOINT --help tells more of one of them.\n`);
    expect((await look(60, "--quiet")).stderr).toBe("");
  });

  test("is a table where there is room, and where nobody looks", async () => {
    for (const { stdout } of [await look(200), await call()]) expect(stdout).toMatch(/size +<file> +number\n/);
  });
});

describe("an argument", () => {
  test.each<[readonly string[], unknown]>([
    [["either", "--text", "null", "--at", "null"], { text: null, at: null }],
    [["either", "--text", "nil", "--at", "2026-01-02T03:04:05Z"], { text: "nil", at: "2026-01-02T03:04:05.000Z" }],
    [["either", "--text", "1", "--ids", "[1,-99999999999999999999]"], { text: "1", ids: ["1n", "-99999999999999999999n"] }],
    [["either", '{"text":"a","ids":[99999999999999999999]}'], { text: "a", ids: ["99999999999999999999n"] }],
    [["either", "--text", "a", "--by", "100000000000000000000"], { text: "a", by: 1e20 }],
    [["choose", "--kind", "a", "--n", "1"], { kind: "a", n: 1 }],
    [["choose", "--kind", "b", "--t", "1"], { kind: "b", t: "1" }],
    [["choose", '{"kind":"b"}'], { kind: "b" }],
  ])("is what its schema says: %j", async (args, answer) => {
    const { exit, stdout, stderr } = await call(...args);
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
    expect(JSON.parse(stdout)).toEqual(answer);
  });

  test("that is called as an option of the command stands behind --", async () => {
    expect(await call("greet", "--who", "Bo", "--context", "work")).toMatchObject({
      exit: 2,
      stdout: "",
      stderr: expect.stringContaining(
        '--context is an option of this command and an argument of "greet". Write the arguments behind --',
      ) as string,
    });
    expect(JSON.parse((await call("greet", "--timeout", "9", "--", "--who", "Bo", "--timeout", "2", "--context", "work")).stdout)).toEqual({
      who: "Bo",
      mood: "happy",
      timeout: 2,
      context: "work",
    });
    expect(await call("choose", "--kind", "b", "--timeout", "9")).toMatchObject({ exit: 0 });
  });

  test("that the service refuses leads to the help of its endpoint", async () => {
    expect(await call("greet", "--who", "Bo", "--mood", "odd")).toMatchObject({
      exit: 1,
      stderr: expect.stringContaining(`hint: See what it takes: bento client ${server.url} greet --help.`) as string,
    });
  });

  test("is missed where it is the whole input", async () => {
    expect(await call("size")).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('"size" lacks its input: <file>. Write @FILE') as string,
    });
  });
});

describe("bytes", () => {
  test("are refused before the call where a person would look at them", async () => {
    const before = drawn;
    expect(await look(80, "draw")).toEqual({
      exit: 1,
      stdout: "",
      stderr:
        'error: "draw" answers with bytes, which are not written to a terminal.\nhint: Save them with --save ./draw.png, or pipe them on.\n',
    });
    expect(drawn).toBe(before);
  });

  test("are saved where they are wanted, also in a folder that is not there yet; -o is something else", async () => {
    const temporary = temporaryFolder();
    onTestFinished(() => temporary[Symbol.dispose]());
    const folder = join(temporary.path, "new", "pictures");
    expect(await look(80, "draw", "--save", `${folder}/`)).toMatchObject({ exit: 0 });
    expect(readdirSync(folder)).toEqual(["dot.png"]);
    expect(await call("draw", "-o", "./dot.png")).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining("say --save ./dot.png.") as string,
    });
  });
});
