import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { buffer, text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import { BentoFile } from "@bento/core";
import { api, defineService } from "@bento/sdk";
import { file } from "@bento/sdk/kinds";
import { type BentoServer, serve } from "@bento/server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { bentoOnPath } from "./support/bento-command.js";
import { runOnTerminal, type TerminalStep } from "./support/on-terminal.js";
import { type PythonService, startPythonService } from "./support/python-service.js";
import { type TemporaryHome, temporaryHome } from "./support/temporary-home.js";

/** 2 x 3 pixels. */
const png = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAIAAAADCAIAAAA2iEnWAAAAEUlEQVR4nGP4z8AARAwQCgAf7gP9i18U1AAAAABJRU5ErkJggg==", "base64");

let folder: TemporaryHome;
let env: Readonly<Record<string, string | undefined>>;
beforeAll(async () => {
  folder = await temporaryHome();
  env = { PATH: await bentoOnPath(folder.path), NO_COLOR: undefined, FORCE_COLOR: undefined };
  writeFileSync(join(folder.path, "dot.png"), png);
  writeFileSync(join(folder.path, "large.bin"), Buffer.alloc(60 * 2 ** 20));
});
afterAll(() => folder[Symbol.asyncDispose]());

/** Runs the command between pipes. */
async function bento(args: readonly string[], input = "") {
  const child = spawn(join(folder.path, "bin", "bento"), ["client", ...args], { cwd: folder.path, env: { ...process.env, ...env } });
  const exited = once(child, "exit");
  child.stdin.end(input);
  const [bytes, stderr] = await Promise.all([buffer(child.stdout), text(child.stderr)]);
  const [exit] = (await exited) as [number];
  return { exit, bytes, stdout: bytes.toString(), stderr };
}

describe("against a real Python service", () => {
  let kinds: PythonService;
  let probe: PythonService;
  beforeAll(async () => {
    [kinds, probe] = await Promise.all([startPythonService("kinds:Kinds"), startPythonService()]);
  });
  afterAll(async () => {
    await kinds[Symbol.asyncDispose]();
    await probe[Symbol.asyncDispose]();
  });

  test.each<[readonly string[], unknown]>([
    [["size", "@dot.png"], png.byteLength],
    [["size", "@-"], 5],
    [
      ["suffixes", "--files", "@dot.png", "--files", "@dot.png", "--extra", "1"],
      [`.png:${png.byteLength + 1}`, `.png:${png.byteLength + 1}`],
    ],
    [
      ["scale", "--m", "[[1,2],[3,4]]", "--by", "3"],
      [
        [3, 6],
        [9, 12],
      ],
    ],
    [
      ["many", "--parts", "[[1],[2.5]]"],
      [1, 2.5],
    ],
    [["largest", "--ints", "[4611686018427387905, 1]"], 4_611_686_018_427_387_905n],
    [["double_rows", "--df", '[{"a":1,"b":2}]'], [{ a: 2, b: 4 }]],
    [["by_column", "--df", '{"a":[1],"b":[3]}'], [{ a: 2, b: 4 }]],
  ])("bento client %j", async (args, answer) => {
    const { exit, stdout, stderr } = await bento([kinds.url, ...args], "piped");
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
    if (typeof answer === "bigint") expect(stdout).toBe(`${answer}\n`);
    else expect(JSON.parse(stdout)).toEqual(answer);
  });

  test.each<[readonly string[], string]>([
    [["greet", "--who", "Bo", "--times", "2"], "Hi Bo Hi Bo\n"],
    [["place", "--order", '{"id":1,"items":[]}', "--express"], '{\n  "id": 1,\n  "items": [],\n  "note": "!"\n}\n'],
    [["place", "@-"], '{\n  "id": 2,\n  "items": [],\n  "note": "."\n}\n'],
    [["later", "--at", "2026-01-01T00:00:00"], "2026-01-02T00:00:00\n"],
    [["maybe", "--x", "null"], "null\n"],
    [["total", "[1,2]"], "3\n"],
    [["shout", "hi"], "HI\n"],
    [["routed", "--text", "a"], "a\n"],
    [["words", "--text", "one"], "one"],
    [["tokens", "--text", "one"], '{"id":0,"text":"one"}\n'],
  ])("bento client %j prints", async (args, stdout) => {
    expect(await bento([probe.url, ...args], '{"order":{"id":2,"items":[]}}')).toMatchObject({ exit: 0, stdout, stderr: "" });
  });

  test("bytes, files and pictures come as they are, and are saved under their names", async () => {
    expect((await bento([kinds.url, "raw", "@-"], "raw")).stdout).toBe("raw!");
    expect((await bento([kinds.url, "blocks", "--n", "2"])).bytes).toEqual(Buffer.from([0, 255, 1, 254]));
    expect((await bento([kinds.url, "mirror", "--img", "@dot.png"])).bytes.subarray(0, 8)).toEqual(png.subarray(0, 8));
    const { exit } = await bento([kinds.url, "upper", "--file", "@-", "--save", "answers/"], "small");
    expect({ exit, saved: readFileSync(join(folder.path, "answers", "upper é.txt"), "utf8") }).toEqual({ exit: 0, saved: "SMALL" });
  });

  test("what goes wrong says so", async () => {
    expect(await bento([probe.url, "fail", "--kind", "invalid"])).toMatchObject({ exit: 1, stdout: "", stderr: "error: n must be even\n" });
    expect((await bento([probe.url, "add", "--a", "1.5"])).stderr).toMatch(
      /\n {2}a: .*integer.*\nhint: See what it takes: bento client .* add --help\./,
    );
    expect(await bento([probe.url, "add", "--a", "x"])).toMatchObject({ exit: 2, stdout: "" });
    expect((await bento([probe.url, "grete"])).stderr).toContain("Did you mean greet?");
  });

  test("its endpoints are listed, and each explains itself", async () => {
    expect((await bento([kinds.url])).stdout).toMatch(/scale +--m <tensor float32\[2,2\]> \[--by <number>\] +tensor float32\n/);
    expect((await bento([kinds.url, "scale", "--help"])).stdout).toContain(`scale --m '[[0,0],[0,0]]'\n`);
  });
});

describe("on a terminal", () => {
  /** What becomes of the next stream of `count`: whether it was ended from outside. */
  const watchEnd = (): Promise<boolean> => new Promise((resolve) => (onEnd = resolve));
  let onEnd: (isAborted: boolean) => void = () => undefined;
  const Slow = defineService({
    name: "slow",
    apis: {
      count: api({ input: z.object({}), output: z.number() }, async function* (_input, ctx) {
        try {
          for (let n = 0; ; n += 1) {
            yield n;
            await sleep(50, undefined, { signal: ctx.signal });
          }
        } finally {
          onEnd(ctx.signal.aborted);
        }
      }),
      size: api({ input: file(), output: z.number() }, async (input) => {
        // Slow enough to be watched.
        let bytes = 0;
        for await (const piece of input.stream()) bytes += piece.byteLength;
        await sleep(300);
        return bytes;
      }),
      pour: api({ input: z.object({ pieces: z.number() }), output: file() }, ({ pieces }) => {
        let left = pieces;
        const pull = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
          await sleep(50);
          if (left-- > 0) controller.enqueue(new Uint8Array(65_536));
          else controller.close();
        };
        return BentoFile.from(new ReadableStream({ pull }, { highWaterMark: 0 }), { name: "poured.bin" });
      }),
    },
  });

  let server: BentoServer;
  beforeAll(async () => {
    server = await serve(Slow, { port: 0, banner: false, accessLog: false, handleSignals: false });
  });
  afterAll(() => server.close());

  const erase = "\r\u001B[K";
  const onTerminal = (args: readonly string[], steps: readonly TerminalStep[] = [], columns = 80) =>
    runOnTerminal(["bento", "client", server.url, ...args], { env, steps, columns, cwd: folder.path });

  test("items are printed as they come; Ctrl-C ends the stream, and the method of the service", async () => {
    const ended = watchEnd();
    const { printed, status } = await onTerminal(["count"], [{ until: "\r\n3\r\n", type: "\u0003" }]);
    expect(status).toBe(130);
    expect(printed).toContain("0\r\n1\r\n2\r\n3\r\n");
    expect(printed).toContain("error: Interrupted by SIGINT");
    expect(await ended).toBe(true);
  });

  test("a download that is interrupted leaves no half of a file", async () => {
    const { status } = await onTerminal(["pour", "--pieces", "10000", "--save", "half/"], [{ until: "From pour", type: "\u0003" }]);
    expect(status).toBe(130);
    expect(await readdir(join(folder.path, "half"))).toEqual([]);
  });

  test.each([100, 40])("a bar shows what goes and comes, stays within %d columns, and is gone before the answer", async (columns) => {
    const sent = await onTerminal(["size", "@large.bin"], [], columns);
    expect(sent).toMatchObject({ status: 0 });
    const saved = await onTerminal(["pour", "--pieces", "20", "--save", "poured.bin"], [], columns);
    expect(saved).toMatchObject({ status: 0 });
    for (const [{ printed }, answer, label] of [
      [sent, `${60 * 2 ** 20}\r\n`, "To size"],
      [saved, "Saved poured.bin.\r\n", "From pour"],
    ] as const) {
      const draws = printed.split(erase).slice(1);
      expect(draws.pop()).toBe(answer);
      expect(draws.length).toBeGreaterThan(1);
      for (const draw of draws) {
        expect(draw).toMatch(new RegExp(`^${label}`));
        expect(draw.length, draw).toBeLessThan(columns);
      }
    }
  });

  test("none is shown between pipes", async () => {
    expect(await bento([server.url, "size", "@large.bin"])).toMatchObject({ exit: 0, stderr: "", stdout: `${60 * 2 ** 20}\n` });
  });

  test("bytes are not written there", async () => {
    const { printed, status } = await onTerminal(["pour", "--pieces", "1"]);
    expect(status).toBe(1);
    expect(printed).toContain("--save ./pour.bin");
  });

  test("the list and the help fit into a narrow one", async () => {
    for (const args of [[], ["pour", "--help"]]) {
      const { printed, status } = await onTerminal(args, [], 60);
      expect(status).toBe(0);
      const lines = stripVTControlCharacters(printed).split("\r\n");
      // A command to be copied stays in one piece.
      for (const line of lines.filter((each) => !each.includes("bento client"))) expect(line.length, line).toBeLessThanOrEqual(60);
    }
  });

  test("a reader that goes away ends the stream too", async () => {
    const ended = watchEnd();
    const child = spawn("sh", ["-c", `bento client ${server.url} count | head -n 2`], {
      cwd: folder.path,
      env: { ...process.env, ...env },
    });
    expect(await text(child.stdout)).toBe("0\n1\n");
    expect(await ended).toBe(true);
  });
});
