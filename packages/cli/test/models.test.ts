import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { parse } from "yaml";
import { buildBento, expected, runBento, temporaryFolder, unpackHome } from "./bento.js";

// Real processes on a busy machine take their time.
vi.setConfig({ testTimeout: 60_000 });

const folder = temporaryFolder();
let bin: string;
let home: string;

beforeAll(() => {
  home = unpackHome("home", folder.path);
  bin = buildBento();
}, 60_000);
afterAll(() => folder[Symbol.dispose]());

const bento = (args: string, env: Record<string, string> = {}) => runBento(bin, args.split(" "), { BENTOML_HOME: home, ...env });

describe("models list", () => {
  test("-o json equals what Python's command prints, all 49 models", async () => {
    const { exit, stdout, stderr } = await bento("models list -o json");
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
    expect(JSON.parse(stdout)).toEqual(JSON.parse(expected.models.cli["list -o json"].stdout));
    expect(JSON.parse(stdout)).toHaveLength(49);
    expect(stdout).toBe(expected.models.cli["list -o json"].stdout);
  });

  test("the table equals Python's but for spaces at the ends of lines", async () => {
    const { stdout } = await bento("models list");
    const theirs = expected.models.cli.list.stdout.split("\n").map((line) => line.trimEnd());
    expect(stdout.split("\n")).toEqual(theirs);
  });

  test("-o yaml says the same, with times that stay text", async () => {
    const { stdout } = await bento("models list -o yaml");
    expect(parse(stdout, { version: "1.1" })).toEqual(JSON.parse(expected.models.cli["list -o json"].stdout));
    expect(stdout).toContain("- creation_time: '2026-11-21 12:24:59'\n  module: bentoml.picklable_model\n");
  });

  test.each(["churn-clf", "churn-clf:2024.06"])("%s alone", async (name) => {
    const { exit, stdout } = await bento(`models list ${name} -o json`);
    expect({ exit, stdout }).toEqual(expected.models.cli_list[name]);
  });

  test("times are those of this machine's zone", async () => {
    const { stdout } = await bento("models list pickled-fn -o json", { TZ: "Asia/Kathmandu" });
    expect(JSON.parse(stdout)).toMatchObject([{ creation_time: "2026-11-21 18:09:59" }]);
  });

  test("an empty store prints the header alone", async () => {
    const empty = join(folder.path, "empty");
    mkdirSync(empty);
    expect(await bento(`--home ${empty} models list`)).toEqual({ exit: 0, stdout: " Tag  Module  Size  Creation Time\n", stderr: "" });
    expect(await bento(`models list -o json --home ${empty}`)).toEqual({ exit: 0, stdout: "[]\n", stderr: "" });
  });

  test("entries that are no models are counted on stderr, and told with --verbose", async () => {
    const broken = unpackHome("home-broken", folder.path);
    const brief = await bento(`--home ${broken} models list -o json`);
    expect(brief.exit).toBe(0);
    const tags = (JSON.parse(brief.stdout) as { tag: string }[]).map(({ tag }) => tag);
    expect(tags.length).toBeGreaterThan(1);
    const count = /^warning: (\d+) entries of the store are no readable models \(--verbose says which and why\)\n$/.exec(brief.stderr)?.[1];
    const verbose = await bento(`--home ${broken} --verbose models list -o json`);
    expect(verbose.stdout).toBe(brief.stdout);
    expect(verbose.stderr.trimEnd().split("\n")).toHaveLength(Number(count) + 1);
    expect(verbose.stderr).toContain(join(broken, "models"));
  });
});

describe("models get", () => {
  test("prints each model's folder, model.yaml and the same as JSON", async () => {
    const tags = ["churn-clf:2024.06", "all_types:v1", "numpy-meta:v1", "old-iris:rc", "yaml-strings:v1"];
    for (const tag of tags) {
      const item = expected.models.items[tag];
      if (!item) throw new Error(`no ${tag} in the fixture`);
      const path = await bento(`models get ${tag} -o path`);
      expect(path.stdout).toBe(`${item.cli["get -o path"].replace("<home>", home)}\n`);
      const yaml = await bento(`models get ${tag}`);
      expect(yaml.stdout).toBe(readFileSync(join(path.stdout.trim(), "model.yaml"), "utf8"));
      const json = await bento(`models get ${tag} -o json`);
      expect(JSON.parse(json.stdout)).toEqual(inStrictJson(item.cli["get -o json"].stdout));
    }
  });

  test("-o table is the model's line in the list", async () => {
    const { stdout } = await bento("models get churn-clf:2024 -o table");
    expect(stdout).toBe((await bento("models list churn-clf:2024.06")).stdout);
    expect(stdout).toMatch(/^ Tag +Module +Size +Creation Time\n churn-clf:2024\.06 .+\n$/);
  });

  test("integers of any size are printed whole", async () => {
    const { stdout } = await bento("models get all_types:v1 -o json");
    expect(stdout).toContain("9007199254740993,");
    expect(stdout).toContain("1000000000000000000000000000000\n");
  });

  test.each([
    ["unknown", '"unknown"'],
    ["a:b:c", '"a:b:c"'],
    ["sentiment:zzz", "sentiment:zzz"],
  ])("%s is an error that quotes it, with a hint and no stack", async (tag, quoted) => {
    const { exit, stdout, stderr } = await bento(`models get ${tag}`);
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: "" });
    expect(stderr).toContain(quoted);
    expect(stderr).toMatch(/^error: .+\nhint: .+\n$/);
    const debug = await bento(`--debug models get ${tag}`);
    expect(debug.stderr).toMatch(/\n\s+at /);
  });
});

describe("the command itself", () => {
  test("--help names the commands and shows examples; each command has its own", async () => {
    const { exit, stdout, stderr } = await bento("--help");
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
    expect(stdout).toMatch(/models +look at, save[^]*Examples:\n {2}\$ bento init/);
    for (const command of ["models", "models list", "models get"]) {
      const help = await bento(`${command} --help`);
      expect(help.exit).toBe(0);
      expect(help.stdout).toContain("Examples:");
    }
    expect((await bento("models list --help")).stdout).toContain("--home <folder>");
  });

  test("--version", async () => {
    const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string };
    expect(await bento("--version")).toEqual({ exit: 0, stdout: `${version}\n`, stderr: "" });
  });

  test.each([
    ["model list", "Did you mean models?"],
    ["models lst", "Did you mean list?"],
    ["models list --outptu json", "Did you mean --output?"],
    ["models list -o xml", "Allowed choices are table, json, yaml, path."],
    ["models get", "missing required argument 'tag'"],
    ["models list a b", "too many arguments"],
  ])("wrong use is 2: bento %s", async (args, words) => {
    const { exit, stdout, stderr } = await bento(args);
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: "" });
    expect(stderr).toContain(words);
  });

  test("no command at all prints the help to stderr", async () => {
    const { exit, stdout, stderr } = await runBento(bin, [], { BENTOML_HOME: home });
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: "" });
    expect(stderr).toContain("Usage: bento");
  });

  test("--help loads commander and its own few files: no store, no YAML, no tables", () => {
    const hook = `import { writeSync } from "node:fs"; export async function load(url, context, next) { writeSync(2, url + "\\n"); return next(url, context); }`;
    const dataUrl = (source: string) => `data:text/javascript,${encodeURIComponent(source)}`;
    const preload = dataUrl(`import { register } from "node:module"; register(${JSON.stringify(dataUrl(hook))});`);
    const { status, stderr } = spawnSync(process.execPath, ["--import", preload, bin, "--help"], { encoding: "utf8" });
    const loaded = stderr.split("\n").filter((url) => url.startsWith("file:"));
    expect(status).toBe(0);
    expect(loaded).toContainEqual(expect.stringContaining("/cli/dist/main.js"));
    expect(loaded.filter((url) => !/\/(cli|core)\/dist\/|\/commander\//.test(url))).toEqual([]);
    expect(loaded.filter((url) => /\/(actions|output\/(?!print-error|command-hint|visible))/.test(url))).toEqual([]);
  });

  test("a reader that leaves early is no failure", async () => {
    const child = spawn(process.execPath, [bin, "models", "list"], { env: { BENTOML_HOME: home }, stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.destroy();
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (piece: string) => (stderr += piece));
    const exit = await new Promise((resolve) => child.on("close", resolve));
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
  });

  test("the file can be run as a program", () => {
    chmodSync(bin, 0o755);
    const { status, stdout } = spawnSync(bin, ["models", "get", "pickled-fn", "-o", "path"], {
      env: { ...process.env, BENTOML_HOME: home },
      encoding: "utf8",
    });
    expect({ status, stdout }).toEqual({ status: 0, stdout: `${join(home, "models", "pickled-fn", "v1")}\n` });
  });
});

/**
 * Python's JSON as ours has it: bytes in base64, NaN and infinities as `null`, and the key `3.0`, which
 * JavaScript cannot tell from `3`.
 */
function inStrictJson(theirs: string): unknown {
  const strict = theirs.replace(/"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g, (token) => (token.startsWith('"') ? token : "null"));
  return JSON.parse(strict, (key, value: unknown) => {
    if (key === "map other keys")
      return Object.fromEntries(Object.entries(value as object).map(([name, item]) => [name === "3.0" ? "3" : name, item as unknown]));
    if (value === "b''") return "";
    if (value === "b'hello\\n'") return Buffer.from("hello\n").toString("base64");
    if (typeof value === "string" && value.startsWith("b'\\x00\\x01"))
      return Buffer.from(Array.from({ length: 256 }, (_, i) => i)).toString("base64");
    return value;
  });
}
