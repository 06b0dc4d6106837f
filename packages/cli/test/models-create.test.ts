import { FileModelStore } from "@bento/store";
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { temporaryFolder } from "./bento.js";
import { run } from "./fake-terminal.js";

// Disks of busy machines take their time.
vi.setConfig({ testTimeout: 60_000 });

let home: string;
let out: string;
let store: FileModelStore;

beforeEach(() => {
  const folder = temporaryFolder();
  onTestFinished(() => folder[Symbol.dispose]());
  home = join(folder.path, "home");
  store = new FileModelStore(home);
  out = join(folder.path, "out");
  mkdirSync(join(out, "assets"), { recursive: true });
  writeFileSync(join(out, "model.onnx"), "weights");
  writeFileSync(join(out, "assets", "classes.json"), "[1]");
});

const models = (...args: readonly string[]) => run(["--home", home, "models", ...args]);
const filesOf = async (tag: string): Promise<string[]> => (await (await store.get(tag)).files()).map(({ path }) => path);

describe("models create", () => {
  test("of one folder: its content; of several paths: each under its own name", async () => {
    expect(await models("create", "digits:v1", out)).toEqual({
      exit: 0,
      stdout: 'Model(tag="digits:v1") created.\n',
      stderr: "",
      bytes: Buffer.alloc(0),
    });
    expect(await filesOf("digits:v1")).toEqual(["assets/classes.json", "model.onnx", "model.yaml"]);
    await models("create", "digits:v2", join(out, "model.onnx"), `${out}/assets/`);
    expect(await filesOf("digits:v2")).toEqual(["assets/classes.json", "model.onnx", "model.yaml"]);
    await models("create", "digits:v3", join(out, "model.onnx"));
    expect(await filesOf("digits:v3")).toEqual(["model.onnx", "model.yaml"]);
  });

  test("labels are text, metadata is read as JSON where it is JSON", async () => {
    const options = [
      "--label",
      "team=vision",
      "--label",
      "n=1",
      "--metadata",
      "accuracy=0.984",
      "--metadata",
      'by=["me"]',
      "--module",
      "bentoml.onnx",
    ];
    const { stdout } = await models("create", "digits:v1", out, ...options, "-o", "json");
    const { info, path, size } = await store.get("digits");
    expect(JSON.parse(stdout)).toEqual({ tag: "digits:v1", path, size_bytes: size });
    expect(info).toMatchObject({ labels: { team: "vision", n: "1" }, metadata: { accuracy: 0.984, by: ["me"] }, module: "bentoml.onnx" });
  });

  test("a name gets a new version, which -o tag prints", async () => {
    const { stdout } = await models("create", "digits", out, "-o", "tag");
    expect(stdout).toMatch(/^digits:[a-z2-7]{16}\n$/);
    expect((await models("get", stdout.trim(), "-o", "path")).stdout).toBe((await models("list", "-o", "path")).stdout);
  });

  test("what cannot be is an error, and leaves nothing", async () => {
    await models("create", "digits:v1", out);
    expect((await models("create", "digits:v1", out)).stderr).toContain('already has a model "digits:v1"');
    expect((await models("create", "x", join(out, "nothing"))).stderr).toContain("nothing");
    expect((await models("create", "x", out, join(out, "..", "out"))).stderr).toContain("would both be out");
    expect((await models("create", "a:b:c", out)).exit).toBe(1);
    expect((await models("create", "x", out, "--label", "team")).stderr).toContain("Write key=value.");
    expect((await store.listTags()).map(String)).toEqual(["digits:v1"]);
  });
});

describe("models list", () => {
  beforeEach(async () => {
    await models("create", "digits:v1", out, "--label", "team=vision", "--label", "stage=dev");
    await models("create", "digits:v2", out, "--label", "team=vision");
    await store.create("iris:v1", (draft) => draft.write("model.bin", new Uint8Array(20_000)));
  });

  test.each([
    [
      ["--label", "team=vision"],
      ["digits:v2", "digits:v1"],
    ],
    [["--label", "team=vision", "--label", "stage=dev"], ["digits:v1"]],
    [["digits:v2", "--label", "stage=dev"], []],
    [["--min-size", "10KiB"], ["iris:v1"]],
    [
      ["--max-size", "10kB", "digits"],
      ["digits:v2", "digits:v1"],
    ],
    [["--min-size", "1GiB"], []],
    [["*i*"], ["iris:v1", "digits:v2", "digits:v1"]],
    [["*:v1"], ["iris:v1", "digits:v1"]],
    [["[a-d]*", "--label", "stage=dev"], ["digits:v1"]],
    [["nothing*"], []],
  ])("%j", async (filter, tags) => {
    const { exit, stdout, stderr } = await models("list", ...filter, "-o", "json");
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
    expect((JSON.parse(stdout) as { tag: string }[]).map(({ tag }) => tag)).toEqual(tags);
  });

  test("control characters of a model do not reach the terminal", async () => {
    await store.create("evil:v1", { module: "\u001B[2Jx" }, (draft) => draft.write("a", ""));
    expect((await models("list", "evil")).stdout).toContain("\\u001b[2Jx");
  });
});

describe("models verify", () => {
  test("prints what changed, file by file, and fails", async () => {
    await models("create", "digits:v1", out);
    await models("create", "digits:v2", out);
    expect(await models("verify", "--all")).toMatchObject({
      exit: 0,
      stdout: " Tag        Status  Files\n digits:v1  ok\n digits:v2  ok\n",
      stderr: "",
    });
    const { path } = await store.get("digits:v2");
    appendFileSync(join(path, "model.onnx"), "!");
    writeFileSync(join(path, "new"), "");
    rmSync(join(path, "assets", "classes.json"));
    const { exit, stdout, stderr } = await models("verify", "--all");
    expect(exit).toBe(1);
    expect(stdout).toContain(" digits:v2  changed  changed model.onnx, missing assets/classes.json, added new\n");
    expect(stderr).toMatch(/^error: Not what was saved: digits:v2\.\nhint: /);
    const json = await models("verify", "digits:v2", "-o", "json");
    expect(JSON.parse(json.stdout)).toEqual([
      { tag: "digits:v2", status: "changed", added: ["new"], changed: ["model.onnx"], missing: ["assets/classes.json"] },
    ]);
    expect(await models("verify", "digits:v1")).toMatchObject({ exit: 0 });
  });

  test("a model without a manifest is no failure, and --write adds one", async () => {
    await models("create", "digits:v1", out);
    const { path } = await store.get("digits");
    rmSync(join(path, ".manifest.json"));
    expect((await models("verify", "digits")).stdout).toContain("digits:v1  no manifest\n");
    expect(await models("verify", "digits", "--write")).toMatchObject({ exit: 0 });
    expect(JSON.parse(readFileSync(join(path, ".manifest.json"), "utf8"))).toBeTruthy();
  });

  test.each([[[]], [["digits", "--all"]]])("tags or --all, not neither nor both: %j", async (args) => {
    expect(await models("verify", ...args)).toMatchObject({
      exit: 2,
      stderr: "error: name the models to check, or say --all\nhint: Say --help for what there is.\n",
    });
  });

  test("Ctrl-C stops it", async () => {
    await models("create", "digits:v1", out);
    const { FakeTerminal } = await import("./fake-terminal.js");
    const { main } = await import("@bento/cli");
    const terminal = new FakeTerminal();
    terminal.interrupt("SIGINT");
    expect(await main(["--home", home, "models", "verify", "--all"], terminal)).toBe(130);
    expect(terminal.stderr).toContain("error: Interrupted by SIGINT.");
  });
});
