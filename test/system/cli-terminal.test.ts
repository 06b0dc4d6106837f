import { once } from "node:events";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { exportModel, FileModelStore } from "@bento/store";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bentoOnPath } from "./support/bento-command.js";
import { runOnTerminal, type TerminalStep } from "./support/on-terminal.js";
import { type TemporaryHome, temporaryHome } from "./support/temporary-home.js";

let folder: TemporaryHome;
let home: string;
let env: Readonly<Record<string, string | undefined>>;

beforeAll(async () => {
  folder = await temporaryHome();
  home = join(folder.path, "home");
  env = { PATH: await bentoOnPath(folder.path), BENTOML_HOME: home, NO_COLOR: undefined, FORCE_COLOR: undefined };
  const store = new FileModelStore(home);
  await store.create("big:v1", (draft) => draft.write("weights.bin", patterned(24)));
});
afterAll(() => folder[Symbol.asyncDispose]());

/** Bytes that compress, and take their time for it. */
function* patterned(mebibytes: number): Generator<Uint8Array> {
  let seed = 1;
  for (let index = 0; index < mebibytes; index += 1) {
    const chunk = new Uint8Array(1024 * 1024);
    for (let at = 0; at < chunk.length; at += 1) {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      chunk[at] = (seed >>> 24) & 0x1f;
    }
    yield chunk;
  }
}

const bento = (args: string, steps: readonly TerminalStep[] = [], columns = 80) =>
  runOnTerminal(["bento", ...args.split(" ")], { env, steps, columns, cwd: folder.path });

const erase = "\r\u001B[K";

describe("the progress bar", () => {
  test.each([120, 80, 40, 20])("never leaves its line in %d columns, and is gone at the end", async (columns) => {
    const out = join(folder.path, `out-${columns}.gz`);
    const { printed, status } = await bento(`models export big ${out} --compression best`, [], columns);
    expect(status).toBe(0);
    const [, ...draws] = printed.split(erase);
    expect(draws.length).toBeGreaterThan(3);
    const end = draws.pop() as string;
    // The last drawing is empty, so that the sentence stands alone; only it may be longer than the line.
    expect(end).toBe(`Model(tag="big:v1") exported to ${out}.\r\n`);
    for (const draw of draws) expect(draw.length, draw).toBeLessThan(columns);
    expect(draws.every((draw) => !draw.includes("\n"))).toBe(true);
    expect(draws.some((draw) => draw.includes("%"))).toBe(true);
  });

  test("follows a window that is made narrower", async () => {
    const steps = [{ until: "%", columns: 30 }];
    const { printed } = await bento(`models export big ${join(folder.path, "narrow.gz")} --compression best`, steps, 120);
    const draws = printed.split(erase).slice(1, -1);
    expect(draws[0]?.length).toBeGreaterThan(30);
    expect(draws.at(-1)?.length).toBeLessThan(30);
  });

  test("is not shown with --quiet", async () => {
    const { printed } = await bento(`models export big ${join(folder.path, "quiet.gz")} --compression best --quiet`);
    expect(printed).not.toContain(erase);
  });
});

describe("Ctrl-C", () => {
  test("stops an export, leaves nothing behind, and ends with 130", async () => {
    const out = join(folder.path, "stopped");
    await mkdir(out);
    const { printed, status } = await bento(`models export big ${out}/big.xz --compression best`, [{ until: "%", type: "\u0003" }]);
    expect(status).toBe(130);
    expect(printed).toContain("error: Interrupted by SIGINT; what was half done is removed.");
    expect(await readdir(out)).toEqual([]);
  });

  test("at a question ends with 130, at an end of the input with 1; nothing is deleted", async () => {
    const question = "delete model big:v1? [y/N]: ";
    expect(await bento("models delete big", [{ until: question, type: "\u0003" }])).toMatchObject({ status: 130 });
    const ended = await bento("models delete big", [{ until: question, type: "\u0004" }]);
    expect(ended.status).toBe(1);
    expect(ended.printed).toContain("got no answer");
    expect((await new FileModelStore(home).listTags()).map(String)).toEqual(["big:v1"]);
  });
});

describe("a password", () => {
  const secret = "h\u00FCnter 2";
  const authorization = `Basic ${Buffer.from(`ada:${secret}`).toString("base64")}`;
  let server: Server;
  let args: string;

  beforeAll(async () => {
    const file = await exportModel("big", join(folder.path, "big.zip"), { store: new FileModelStore(home), compression: "store" });
    const zip = await readFile(file);
    server = createServer((request, response) => {
      const isKnown = request.headers.authorization === authorization;
      response.writeHead(isKnown ? 200 : 401, { "www-authenticate": "Basic realm=shelf", "content-length": isKnown ? zip.length : 0 });
      response.end(isKnown && request.method === "GET" ? zip : undefined);
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    args = `models inspect http://ada@127.0.0.1:${(server.address() as AddressInfo).port}/big.zip`;
  });
  afterAll(() => server.close());

  test("is asked for where the server wants one, edited like any line, and not shown", async () => {
    const { printed, status } = await bento(args, [{ until: "Password of ada: ", type: `${secret}x\u007F\n` }]);
    expect(printed).toContain('Model(tag="big:v1")\r\n');
    expect(status).toBe(0);
    expect(printed).not.toContain("nter");
  });

  test("that is wrong is asked for once", async () => {
    const { printed, status } = await bento(`${args} --ask-password`, [{ until: "Password of ada: ", type: "wrong\n" }]);
    expect(status).toBe(1);
    expect(printed.match(/Password/g)).toHaveLength(1);
    expect(printed).not.toContain("wrong");
  });

  test("that is not typed ends with 130 at Ctrl-C, with 1 at the end of the input", async () => {
    expect(await bento(args, [{ until: "Password of ada: ", type: "hun\u0003" }])).toMatchObject({ status: 130 });
    expect(await bento(args, [{ until: "Password of ada: ", type: "\u0004" }])).toMatchObject({ status: 1 });
  });
});

describe("a person's terminal", () => {
  test("gets answers typed line by line", async () => {
    const store = new FileModelStore(home);
    for (const tag of ["old:v1", "old:v2"]) await store.create(tag, (draft) => draft.write("model.txt", tag));
    const steps = [
      { until: "delete model old:v1? [y/N]: ", type: "n\n" },
      { until: "delete model old:v2? [y/N]: ", type: "y\n" },
    ];
    const { printed, status } = await bento("models delete old", steps);
    expect(status).toBe(0);
    expect(printed).toContain('Model(tag="old:v2") deleted.');
    expect((await store.listTags({ name: "old" })).map(String)).toEqual(["old:v1"]);
  });

  test("is shown colours, unless NO_COLOR is set", async () => {
    expect((await bento("models get nothing")).printed).toContain("\u001B[31merror: ");
    const { printed } = await runOnTerminal(["bento", "models", "get", "nothing"], { env: { ...env, NO_COLOR: "1" } });
    expect(printed).toContain("error: ");
    expect(printed).not.toContain("\u001B[");
  });

  test("is never sent an archive", async () => {
    const { printed, status } = await bento("models export big -");
    expect(status).toBe(1);
    expect(printed).toContain("error: ");
    expect(printed.length).toBeLessThan(1000);
  });
});

test("help fits into 80 columns", async () => {
  for (const command of ["", "models", "models list", "models export", "models import", "models inspect", "models delete", "completion"]) {
    const { printed } = await bento(`${command} --help`.trim());
    for (const each of printed.split("\r\n")) expect(each.length, each).toBeLessThanOrEqual(80);
  }
});
