import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { FileBentoStore, FileModelStore } from "@bento/store";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { expected, temporaryFolder, unpackHome } from "./bento.js";
import { run } from "./fake-terminal.js";

// Disks of busy machines take their time.
vi.setConfig({ testTimeout: 60_000 });

let folder: string;
let home: string;

beforeEach(() => {
  // Python's answers were given in this zone.
  vi.stubEnv("TZ", "UTC");
  const temporary = temporaryFolder();
  onTestFinished(() => temporary[Symbol.dispose]());
  folder = temporary.path;
  home = unpackHome("home", folder);
});

const bento = (args: string, answers: readonly string[] = []) => run(["--home", home, ...args.split(" ")], { answers });

describe("bento list", () => {
  test("-o json and the table equal what Python's command prints", async () => {
    const { exit, stdout, stderr } = await bento("list -o json");
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
    expect(stdout).toBe(expected.bentos.cli["list -o json"].stdout);
    const table = await bento("list");
    const theirs = expected.bentos.cli.list.stdout.split("\n").map((line) => line.trimEnd());
    expect(table.stdout.split("\n")).toEqual(theirs);
    expect((await bento("list -o yaml")).stdout).toBe(expected.bentos.cli["list -o yaml"].stdout);
  });

  test("one name, a pattern, and folders", async () => {
    expect(await bento("list iris_scorer -o json")).toMatchObject(expected.bentos.cli_list["iris_scorer"] ?? {});
    expect((await bento("list iris* -o path")).stdout.trimEnd().split("\n")).toHaveLength(2);
    expect((await bento("list unknown")).exit).toBe(1);
  });

  test("a model that is not there is warned of, and not counted", async () => {
    rmSync(join(home, "models", "bare"), { recursive: true });
    const { exit, stdout, stderr } = await bento("list old-bento -o json");
    expect(exit).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject([{ tag: "old-bento:v1", model_size: "0.00 B" }]);
    expect(stderr).toBe("warning: old-bento:v1 needs the model bare:v1, which is not in the store; its size is not counted\n");
    expect((await bento("list old-bento --quiet")).stderr).toBe("");
  });
});

test("tags of bentos complete where bentos are meant", async () => {
  expect((await bento("__complete -- get two")).stdout).toBe("words\ntwo-step\tbento\ntwo-step:v1\tbento\n");
  expect((await bento("__complete -- models get two")).stdout).toBe("words\n");
});

describe("bento get", () => {
  test.each(["iris_scorer:4xvlgj24e2xjpqho", "iris_scorer:v0-spec1", "two-step:v1"])("%s as Python says it", async (tag) => {
    const item = expected.bentos.items[tag];
    if (!item) throw new Error(`no ${tag} in the fixture`);
    expect((await bento(`get ${tag}`)).stdout).toBe(item.bento_yaml);
    expect(JSON.parse((await bento(`get ${tag} -o json`)).stdout)).toEqual(JSON.parse(item.cli["get -o json"].stdout));
    expect((await bento(`get ${tag} -o path`)).stdout).toBe(`${join(home, item.path)}\n`);
  });

  test("an unknown one is an error with a hint", async () => {
    const { exit, stderr } = await bento("get unknown");
    expect(exit).toBe(1);
    expect(stderr).toMatch(/^error: .*"unknown".*\nhint: .+\n$/);
  });
});

describe("bento delete", () => {
  test("asks, deletes the bento, and leaves its models", async () => {
    const { stdout, stderr } = await bento("delete two-step", ["y"]);
    expect(stderr).toBe("delete bento two-step:v1? [y/N]: ");
    expect(stdout).toBe('Bento(tag="two-step:v1") deleted.\n');
    expect(existsSync(join(home, "bentos", "two-step", "v1"))).toBe(false);
    expect(await new FileModelStore(home).listTags({ name: "churn-clf:v10" })).toHaveLength(1);
  });
});

describe("a model that a bento uses", () => {
  test("is not deleted, and nothing else is; the bentos are named", async () => {
    const { exit, stdout, stderr } = await bento("models delete -y pickled-fn churn-clf:v10");
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: "" });
    expect(stderr).toMatch(
      /^error: "churn-clf:v10" is used by iris_scorer:4xvlgj24e2xjpqho, .*two-step:v1; nothing was deleted\.\nhint: .*--force/,
    );
    expect(await new FileModelStore(home).listTags({ name: "pickled-fn" })).toHaveLength(1);
  });

  test("the bentos are read once, however many models are deleted", async () => {
    const list = vi.spyOn(FileBentoStore.prototype, "list");
    onTestFinished(() => list.mockRestore());
    expect(await bento("models delete -y pickled-fn bare")).toMatchObject({ exit: 1 });
    expect(await bento("models delete -y --force pickled-fn bare")).toMatchObject({ exit: 0 });
    expect(list).toHaveBeenCalledTimes(1);
  });

  test("--force deletes it all the same", async () => {
    expect(await bento("models delete -y --force churn-clf:v10")).toMatchObject({
      exit: 0,
      stdout: 'Model(tag="churn-clf:v10") deleted.\n',
    });
  });
});

describe("bento export and import", () => {
  test("carry a bento and its models over", async () => {
    const archive = join(folder, "out.bento");
    const other = join(folder, "other");
    expect(await bento(`export two-step ${archive}`)).toMatchObject({
      exit: 0,
      stdout: `Bento(tag="two-step:v1") exported to ${archive}.\n`,
    });
    const dry = await run(["--home", other, "import", archive, "--dry-run"]);
    expect(dry.exit).toBe(0);
    expect(dry.stdout).toMatch(
      /^Bento\(tag="two-step:v1"\) would be imported: \d+ files, .+\.\nWith it would come the model churn-clf:v10\.\n/,
    );
    expect(existsSync(join(other, "bentos"))).toBe(false);
    const carried = (await bento("get two-step -o json")).stdout;
    const tags = [...new Set([...carried.matchAll(/"tag": "([^"]+)"/g)].map(([, tag]) => tag))];
    const imported = await run(["--home", other, "import", archive]);
    expect(imported).toMatchObject({ exit: 0, stderr: "" });
    const [head, ...lines] = imported.stdout.trimEnd().split("\n");
    expect(head).toBe('Bento(tag="two-step:v1") imported.');
    expect(lines.toSorted()).toEqual(tags.map((tag) => `Model(tag="${tag}") imported.`).toSorted());
    expect(await run(["--home", other, "delete", "-y", "two-step"])).toMatchObject({ exit: 0 });
    const again = await run(["--home", other, "import", archive]);
    expect(again.stdout.match(/ is there already\.\n/g)).toHaveLength(3);
    const json = await run(["--home", other, "import", archive, "--existing", "replace", "-o", "json"]);
    expect(JSON.parse(json.stdout)).toMatchObject({ tag: "two-step:v1", models: tags.map(() => ({ outcome: "skipped" })) });
    expect((await new FileBentoStore(other).listTags()).map(String)).toEqual(["two-step:v1"]);
    expect(await new FileModelStore(other).listTags()).toHaveLength(3);
    const [from, to] = [home, other].map((at) => readFileSync(join(at, "bentos", "two-step", "v1", "bento.yaml")));
    expect(to).toEqual(from);
  });

  test("without its models, where they are not to be had or not wanted", async () => {
    const archive = join(folder, "out.bento");
    rmSync(join(home, "models", "churn-clf", "v10"), { recursive: true });
    const refused = await bento(`export two-step ${archive}`);
    expect(refused.exit).toBe(1);
    expect(refused.stderr).toMatch(/"churn-clf:v10".*\nhint: .*: --without-models\.\n$/);
    expect(existsSync(archive)).toBe(false);
    expect((await bento(`export two-step ${archive} --without-models`)).exit).toBe(0);
    expect((await bento(`import ${archive} --existing skip`)).stdout).toBe(
      'Bento(tag="two-step:v1") not imported: the store has the same.\n',
    );
  });

  test("a bento is no model, and the hint says what to run", async () => {
    const archive = join(folder, "out.bento");
    await bento(`export two-step ${archive}`);
    const { exit, stderr } = await bento(`models import ${archive}`);
    expect(exit).toBe(1);
    expect(stderr).toContain("hint: Use `bento import`.");
  });

  test("what is for models alone is no option here", async () => {
    expect((await bento("export --all x")).exit).toBe(2);
    expect((await bento("import x --name y")).exit).toBe(2);
    expect((await bento("delete x --force")).exit).toBe(2);
  });
});
