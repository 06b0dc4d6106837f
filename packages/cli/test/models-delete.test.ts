import { FileModelStore } from "@bento/store";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { temporaryFolder } from "./bento.js";
import { run } from "./fake-terminal.js";

// Disks of busy machines take their time.
vi.setConfig({ testTimeout: 60_000 });

let home: string;
let store: FileModelStore;

beforeEach(async () => {
  const folder = temporaryFolder();
  onTestFinished(() => folder[Symbol.dispose]());
  home = folder.path;
  store = new FileModelStore(home);
  for (const tag of ["clf:v1", "clf:v2", "clf:v22", "iris:v1"]) await store.create(tag, (draft) => draft.write("model.txt", tag));
});

const remove = (args: string, answers: readonly string[] = []) =>
  run(["--home", home, "models", "delete", ...args.split(" ")], { answers });
const tags = async (): Promise<string[]> => (await store.listTags()).map(String);

describe("models delete", () => {
  test("asks for each, and deletes what was answered with yes", async () => {
    const { exit, stdout, stderr } = await remove("clf iris:v1", ["y", "n", "YES", ""]);
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: 'Model(tag="clf:v1") deleted.\nModel(tag="clf:v22") deleted.\n' });
    expect(stderr).toBe(
      "delete model clf:v1? [y/N]: delete model clf:v2? [y/N]: delete model clf:v22? [y/N]: delete model iris:v1? [y/N]: ",
    );
    expect(await tags()).toEqual(["clf:v2", "iris:v1"]);
  });

  test("asks again until it gets an answer", async () => {
    const { exit, stderr } = await remove("iris", ["maybe", "y"]);
    expect({ exit, stderr }).toEqual({
      exit: 0,
      stderr: "delete model iris:v1? [y/N]: Answer y or n.\ndelete model iris:v1? [y/N]: ",
    });
    expect(await tags()).not.toContain("iris:v1");
  });

  test("an answer of no is no failure, and an end of the input is one", async () => {
    expect((await remove("iris", ["n"])).exit).toBe(0);
    const { exit, stderr } = await remove("clf", ["y"]);
    expect(exit).toBe(1);
    expect(stderr).toMatch(/\nerror: The question "delete model clf:v2\?" got no answer\.\nhint: Say --yes/);
    expect(await tags()).toEqual(["clf:v2", "clf:v22", "iris:v1"]);
  });

  test.each(["-y", "--yes", "--assume-yes"])("%s asks nothing; targets stand between spaces or commas", async (yes) => {
    const { exit, stdout, stderr } = await remove(`${yes} clf:v1,iris clf:v2,`);
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
    expect(stdout).toBe('Model(tag="clf:v1") deleted.\nModel(tag="iris:v1") deleted.\nModel(tag="clf:v2") deleted.\n');
    expect(await tags()).toEqual(["clf:v22"]);
  });

  test("`latest` is the newest, and a target twice is one", async () => {
    const { stdout } = await remove("-y clf:latest clf:v22");
    expect(stdout).toBe('Model(tag="clf:v22") deleted.\n');
  });

  test.each([
    ["-y clf:v1 clf:v", 1, '"clf:v"', "bento models list clf"],
    ["-y clf:v1 none", 1, '"none"', "list"],
    ["-y clf:v1 a:b:c", 2, '"a:b:c"', "Use 1 to 63 letters"],
    ["-y clf:v1 Foo_", 2, '"Foo_"', "Use 1 to 63 letters"],
    ["-y clf:v1,clf:", 2, '"clf:"', "latest"],
  ])("%s deletes nothing: a version's beginning, an unknown name or a bad tag", async (args, code, quoted, hint) => {
    const { exit, stdout, stderr } = await remove(args);
    expect({ exit, stdout }).toEqual({ exit: code, stdout: "" });
    expect(stderr).toContain(quoted);
    expect(stderr).toContain(hint);
    expect(await tags()).toHaveLength(4);
  });
});
