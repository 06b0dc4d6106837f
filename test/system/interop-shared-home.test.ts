import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FileModelStore } from "@bento/store";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCommand } from "../support/run-command.js";
import { pythonCommands, pythonEnvironment } from "./support/python.js";
import { PythonSession } from "./support/python-session.js";
import { temporaryHome } from "./support/temporary-home.js";

const bento = fileURLToPath(new URL("../../packages/cli/dist/bin.js", import.meta.url));

let python: PythonSession;
beforeAll(async () => {
  python = await PythonSession.start();
});
afterAll(() => python[Symbol.asyncDispose]());

/** One step of two programs that share a home. */
type Step = readonly ["ours" | "python", "create" | "delete", string];

describe("two programs take turns in one home and agree after every step on every model and on the newest", () => {
  const sequences: readonly (readonly [string, readonly Step[]])[] = [
    [
      "each adds to what the other began",
      [
        ["python", "create", "clf:v1"],
        ["ours", "create", "clf:v2"],
        ["python", "create", "clf:v3"],
        ["ours", "create", "clf:0"],
      ],
    ],
    [
      "each deletes the newest of the other",
      [
        ["ours", "create", "clf:v1"],
        ["python", "create", "clf:v2"],
        ["ours", "delete", "clf:v2"],
        ["ours", "create", "clf:v3"],
        ["python", "delete", "clf:v3"],
        ["python", "create", "clf:v4"],
        ["ours", "delete", "clf:latest"],
      ],
    ],
    [
      "a name goes and comes back",
      [
        ["ours", "create", "clf:v1"],
        ["python", "delete", "clf:v1"],
        ["python", "create", "clf:v1"],
        ["ours", "delete", "clf:v1"],
        ["ours", "create", "clf:v1"],
        ["python", "create", "other:v1"],
        ["ours", "delete", "clf"],
        ["python", "delete", "other"],
      ],
    ],
    [
      "a delete of what is not the newest",
      [
        ["python", "create", "clf:v1"],
        ["ours", "create", "clf:v2"],
        ["ours", "delete", "clf:v1"],
        ["python", "create", "clf:v3"],
        ["python", "delete", "clf:v2"],
      ],
    ],
  ];

  test.each(sequences)("%s", async (_name, steps) => {
    await using home = await temporaryHome();
    await using store = new FileModelStore(home.path);
    for (const [side, action, tag] of steps) {
      if (side === "python") await (action === "create" ? python.createModel(home.path, { tag }) : python.deleteModel(home.path, tag));
      else await (action === "create" ? store.create(tag, (draft) => draft.write("a", tag)) : store.delete(tag));
      await expectAgreement(home.path, store, `${side} ${action} ${tag}`);
    }
  });

  async function expectAgreement(home: string, store: FileModelStore, step: string): Promise<void> {
    const theirs = (await python.listModels(home)).map((model) => model.tag);
    expect(
      (await store.list()).map((model) => String(model.tag)),
      step,
    ).toEqual(theirs);
    for (const name of new Set(theirs.map((tag) => tag.split(":")[0] ?? ""))) {
      // Read before anyone's `get` can heal it.
      const pointer = await readFile(join(home, "models", name, "latest"), "utf8");
      const newest = String((await store.get(name)).tag);
      expect(`${name}:${pointer}`, step).toBe(newest);
      expect(await python.getTag(home, name), step).toBe(newest);
    }
  }

  test("a tag that one side took is refused to the other", async () => {
    await using home = await temporaryHome();
    await using store = new FileModelStore(home.path);
    await python.createModel(home.path, { tag: "clf:v1" });
    await store.create("clf:v2", () => {});
    await expect(store.create("clf:v1", () => {})).rejects.toMatchObject({ code: "BENTO_MODEL_EXISTS" });
    await expect(python.createModel(home.path, { tag: "clf:v2" })).rejects.toMatchObject({ pythonClass: "BentoMLException" });
    expect((await python.listModels(home.path)).map((model) => model.tag)).toEqual(["clf:v1", "clf:v2"]);
  });
});

describe("both commands say the same of one home", () => {
  interface Row {
    readonly tag: string;
    readonly module: string;
    readonly size: string;
    readonly creation_time: string;
  }

  const list = async (command: string, args: readonly string[], home: string): Promise<readonly Row[]> => {
    const { stdout } = await runCommand(command, [...args, "models", "list", "-o", "json"], {
      env: { ...pythonEnvironment, BENTOML_HOME: home },
    });
    return JSON.parse(stdout) as readonly Row[];
  };

  test("models list -o json, models get -o json", async () => {
    await using home = await temporaryHome();
    await using store = new FileModelStore(home.path);
    await python.createModel(home.path, { tag: "clf:v1", module: "bentoml.sklearn", files: [{ path: "a", base64: "AAAA" }] });
    await store.create("clf:v2", { labels: { team: "x" }, metadata: { accuracy: 0.5 } }, (draft) =>
      draft.write("weights", new Uint8Array(5_000)),
    );
    await python.createModel(home.path, { tag: "20240101:1e5" });
    await store.create("null:true", (draft) => draft.write("weights", new Uint8Array(2_000_000)));
    const theirs = await list(join(pythonCommands, "bentoml"), [], home.path);
    const ours = await list(process.execPath, [bento], home.path);
    expect(theirs).toHaveLength(4);
    expect(ours).toEqual(theirs);

    for (const { tag } of theirs) {
      const ask = (command: string, args: readonly string[]) =>
        runCommand(command, [...args, "models", "get", tag, "-o", "json"], { env: { ...pythonEnvironment, BENTOML_HOME: home.path } });
      const [python1, ours1] = [await ask(join(pythonCommands, "bentoml"), []), await ask(process.execPath, [bento])];
      expect(JSON.parse(ours1.stdout)).toEqual(JSON.parse(python1.stdout));
    }
  });
});
