import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { defaultStore, FileModelStore } from "../src/index.js";
import { ownIdentity } from "../src/disk/process-identity.js";
import { formatLabel } from "../src/disk/workspace.js";
import { codeOf, errorOf } from "./model-store-contract.js";
import { temporaryFolder } from "./support/temporary-folder.js";

const modeOf = (path: string): string => (statSync(path).mode & 0o7777).toString(8);

afterEach(() => void vi.unstubAllEnvs());

describe("where the store is", () => {
  test("BENTOML_HOME, read when the store is made", async () => {
    await using home = await temporaryFolder();
    vi.stubEnv("BENTOML_HOME", join(home.path, "mine"));
    const store = new FileModelStore();
    expect(store.location).toBe(join(home.path, "mine"));
    expect(existsSync(store.location)).toBe(false);
    expect(await store.list()).toEqual([]);
    expect(await codeOf(store.get("clf"))).toBe("BENTO_MODEL_NOT_FOUND");
    expect(existsSync(store.location)).toBe(false);
    expect(store.shared).toBe(true);
    expect(defaultStore()).toBe(defaultStore());
    expect(defaultStore().location).toBe(store.location);
    vi.stubEnv("BENTOML_HOME", join(home.path, "other"));
    expect(defaultStore().location).toBe(join(home.path, "other"));
  });

  test("an empty home is none", () => {
    expect(() => new FileModelStore("")).toThrow(expect.objectContaining({ code: "BENTO_CONFIG_INVALID" }));
  });

  test("a relative home counts from the current folder", () => {
    expect(new FileModelStore("./some-home").location).toBe(resolve("some-home"));
  });
});

describe("what lies on disk", () => {
  test("Python's layout: folders, modes, latest without newline, nothing else", async () => {
    await using home = await temporaryFolder();
    const before = process.umask(0o077);
    try {
      const store = new FileModelStore(home.path);
      await store.create("clf:v1", async (draft) => {
        await draft.write("sub/run.sh", "#!", { executable: true });
        await draft.write("f", "1");
        await draft.mkdir("empty");
      });
    } finally {
      process.umask(before);
    }
    const model = join(home.path, "models", "clf", "v1");
    expect(readdirSync(home.path).toSorted()).toEqual(["models", "tmp"]);
    expect(readdirSync(join(home.path, "tmp"))).toEqual([]);
    expect(readdirSync(join(home.path, "models", "clf")).toSorted()).toEqual(["latest", "v1"]);
    expect(readFileSync(join(home.path, "models", "clf", "latest"), "utf8")).toBe("v1");
    expect(readdirSync(model).toSorted()).toEqual([".manifest.json", "empty", "f", "model.yaml", "sub"]);
    expect([model, join(model, "sub"), join(model, "empty"), join(model, "sub", "run.sh")].map(modeOf)).toEqual([
      "755",
      "755",
      "755",
      "755",
    ]);
    expect([join(model, "f"), join(model, "model.yaml"), join(model, ".manifest.json")].map(modeOf)).toEqual(["644", "644", "644"]);
  });

  test("a draft is nowhere in models/ before it is committed", async () => {
    await using home = await temporaryFolder();
    const store = new FileModelStore(home.path);
    await using draft = await store.draft("clf:v1");
    await draft.write("f", "1");
    expect(readdirSync(join(home.path, "models"))).toEqual([]);
    expect(readdirSync(join(home.path, "tmp"))).toHaveLength(1);
    await draft.commit();
    expect(readdirSync(join(home.path, "tmp"))).toEqual([]);
  });

  test("anything that stands where the model belongs counts as taken, an empty folder too", async () => {
    const standing: readonly ((path: string) => void)[] = [
      (path) => mkdirSync(path),
      (path) => writeFileSync(path, ""),
      (path) => symlinkSync("nowhere", path),
    ];
    for (const put of standing) {
      await using home = await temporaryFolder();
      const store = new FileModelStore(home.path);
      await using draft = await store.draft("clf:v1");
      mkdirSync(join(home.path, "models", "clf"));
      put(join(home.path, "models", "clf", "v1"));
      expect(await codeOf(draft.commit())).toBe("BENTO_MODEL_EXISTS");
      expect(await codeOf(store.draft("clf:v1"))).toBe("BENTO_MODEL_EXISTS");
      expect(readdirSync(join(home.path, "models", "clf"))).toEqual(["v1"]);
      expect(readdirSync(join(home.path, "tmp"))).toEqual([]);
    }
  });

  test("verify names what was added, changed and removed since", async () => {
    await using home = await temporaryFolder();
    const store = new FileModelStore(home.path);
    const model = await store.create("clf:v1", async (draft) => {
      for (const path of ["same", "sub/edited", "resized", "gone"]) await draft.write(path, "content");
    });
    writeFileSync(join(model.path, "sub", "edited"), "CONTENT");
    writeFileSync(join(model.path, "resized"), "longer content");
    writeFileSync(join(model.path, "new"), "");
    rmSync(join(model.path, "gone"));
    const found = { tag: model.tag, status: "changed", added: ["new"], changed: ["resized", "sub/edited"], missing: ["gone"] };
    expect(await model.verify()).toEqual(found);
    expect(await (await store.get("clf")).verify({ write: true })).toEqual(found);
    writeFileSync(join(model.path, ".manifest.json"), '{"version":1,"files":[{"path":"../../x","size":1}]}');
    expect(await model.verify()).toMatchObject({ status: "changed", changed: [".manifest.json"] });
  });

  test("deleting a name that is a link removes the link alone", async () => {
    await using home = await temporaryFolder();
    const store = new FileModelStore(home.path);
    await store.create("real:v1", () => {});
    symlinkSync("real", join(home.path, "models", "linked"));
    expect((await store.listTags()).map(String)).toEqual(["linked:v1", "real:v1"]);
    await store.delete("linked");
    expect((await store.listTags()).map(String)).toEqual(["real:v1"]);
    expect(await (await store.get("real")).verify()).toMatchObject({ status: "ok" });
  });
});

describe("latest", () => {
  test("a store that cannot be repaired can still be read", async () => {
    await using home = await temporaryFolder();
    const store = new FileModelStore(home.path);
    await store.create("clf:v1", () => {});
    await store.create("clf:v2", () => {});
    writeFileSync(join(home.path, "models", "clf", "latest"), "gone");
    rmSync(join(home.path, "tmp"), { recursive: true });
    writeFileSync(join(home.path, "tmp"), "a file where the staging folder belongs");
    expect((await store.get("clf")).tag.version).toBe("v2");
    expect(readFileSync(join(home.path, "models", "clf", "latest"), "utf8")).toBe("gone");
  });

  test("a pipe in place of latest or model.yaml keeps nobody waiting", async () => {
    await using home = await temporaryFolder();
    const store = new FileModelStore(home.path);
    const model = await store.create("clf:v1", () => {});
    const latest = join(home.path, "models", "clf", "latest");
    rmSync(latest);
    execFileSync("mkfifo", [latest]);
    expect((await store.get("clf")).tag.version).toBe("v1");
    expect(readFileSync(latest, "utf8")).toBe("v1");
    rmSync(join(model.path, "model.yaml"));
    execFileSync("mkfifo", [join(model.path, "model.yaml")]);
    expect(await codeOf(store.get("clf:v1"))).toBe("BENTO_MODEL_INVALID");
    expect(await store.list()).toEqual([]);
  });
});

describe("what dead processes left behind", () => {
  /** A process number that no process has any more. */
  const deadPid = spawnSync(process.execPath, ["-e", ""]).pid;
  const deadOwner = { ...ownIdentity(), pid: deadPid };

  test("a draft is swept by the next writer", async () => {
    await using home = await temporaryFolder();
    const left = join(home.path, "tmp", formatLabel({ kind: "bento", owner: deadOwner, name: "clf", version: "v1" }));
    mkdirSync(join(left, "model"), { recursive: true });
    writeFileSync(join(left, "model", "f"), "1");
    const store = new FileModelStore(home.path);
    expect(await store.list()).toEqual([]);
    expect(existsSync(left)).toBe(true);
    await store.create("other:v1", () => {});
    expect(existsSync(left)).toBe(false);
  });

  test("a death between the model and latest is finished by the next reader", async () => {
    await using home = await temporaryFolder();
    const store = new FileModelStore(home.path);
    await store.create("clf:v1", () => {});
    await store.create("clf:v2", () => {});
    writeFileSync(join(home.path, "models", "clf", "latest"), "v1");
    mkdirSync(join(home.path, "tmp", formatLabel({ kind: "bento", owner: deadOwner, name: "clf", version: "v2" })));
    expect((await store.get("clf")).tag.version).toBe("v2");
    expect(readFileSync(join(home.path, "models", "clf", "latest"), "utf8")).toBe("v2");
  });

  test("a death between removing a model and latest too, also of the last version", async () => {
    await using home = await temporaryFolder();
    const store = new FileModelStore(home.path);
    await store.create("clf:v1", () => {});
    await store.create("clf:v2", () => {});
    const left = join(home.path, "tmp", formatLabel({ kind: "bento", owner: deadOwner, name: "clf", version: "v2" }));
    mkdirSync(left);
    renameSync(join(home.path, "models", "clf", "v2"), join(left, "model"));
    expect((await store.get("clf")).tag.version).toBe("v1");
    expect(readFileSync(join(home.path, "models", "clf", "latest"), "utf8")).toBe("v1");
    const last = join(home.path, "tmp", formatLabel({ kind: "bento", owner: deadOwner, name: "clf", version: "v1" }));
    mkdirSync(last);
    renameSync(join(home.path, "models", "clf", "v1"), join(last, "model"));
    expect(await codeOf(store.get("clf"))).toBe("BENTO_MODEL_NOT_FOUND");
    expect(readdirSync(join(home.path, "models"))).toEqual([]);
    await store.create("clf:v3", () => {});
    expect(readdirSync(join(home.path, "tmp"))).toEqual([]);
  });

  test("what belongs to a living process, or may do so, stays; so does what no store made", async () => {
    await using home = await temporaryFolder();
    const living = { ...ownIdentity(), pid: process.ppid, start: startOf(process.ppid) };
    const elsewhere = { place: "0123456789ab", pid: deadPid, start: "1" };
    const tmp = join(home.path, "tmp");
    const kept = [
      formatLabel({ kind: "bento", owner: living, name: "clf", version: "v1" }),
      formatLabel({ kind: "bento", owner: elsewhere, name: "clf", version: "v1" }),
      "bentoml_bento_something",
      "bento+not+a+label",
    ].toSorted();
    for (const folder of kept) mkdirSync(join(tmp, folder), { recursive: true });
    const silent = formatLabel({ kind: "bento", owner: elsewhere, name: "clf", version: "v2" });
    mkdirSync(join(tmp, silent));
    const longAgo = new Date(Date.now() - 25 * 3_600_000);
    utimesSync(join(tmp, silent), longAgo, longAgo);
    await new FileModelStore(home.path).create("other:v1", () => {});
    expect(readdirSync(tmp).toSorted()).toEqual(kept);
  });

  test("a process number that was used again is another process", async () => {
    await using home = await temporaryFolder();
    const left = join(
      home.path,
      "tmp",
      formatLabel({ kind: "bento", owner: { ...ownIdentity(), start: "1" }, name: "clf", version: "v1" }),
    );
    mkdirSync(left, { recursive: true });
    await new FileModelStore(home.path).create("other:v1", () => {});
    expect(existsSync(left)).toBe(false);
  });
});

describe("a disk that refuses", () => {
  test.each<[string, (home: string) => void]>([
    ["", (home) => writeFileSync(home, "")],
    ["models", (home) => (mkdirSync(home), writeFileSync(join(home, "models"), ""))],
    ["tmp", (home) => (mkdirSync(home), writeFileSync(join(home, "tmp"), ""))],
  ])("a file in place of the folder home/%s", async (place, prepare) => {
    await using folder = await temporaryFolder();
    const home = join(folder.path, "home");
    prepare(home);
    const store = new FileModelStore(home);
    const error = await errorOf(store.create("clf:v1", (draft) => draft.write("f", "1")));
    expect(error.code).toBe("BENTO_STORE_FAILED");
    expect(error.message).toContain(join(home, place));
    expect(error.hint).toContain("BENTOML_HOME");
    if (place !== "tmp") {
      for (const work of [store.list(), store.listTags(), store.get("clf"), store.delete("clf")]) {
        const failure = await errorOf(work);
        expect([failure.code, failure.message]).toEqual(["BENTO_STORE_FAILED", expect.stringContaining(home)]);
      }
    }
  });

  test("a file that grows beyond what may be written", async () => {
    await using home = await temporaryFolder();
    const script = `
      import { FileModelStore } from "@bento/store";
      process.on("SIGXFSZ", () => {});
      const store = new FileModelStore(process.argv[1]);
      await store.create("clf:small", (draft) => draft.write("f", "small"));
      const error = await store.create("clf:large", (draft) => draft.write("large.bin", new Uint8Array(3_000_000))).catch((thrown) => thrown);
      process.stdout.write(JSON.stringify({ code: error.code, message: error.message, hint: error.hint }));
    `;
    // 1 MB is the most that a process below this shell can write into a file.
    const { stdout, stderr } = spawnSync(
      "bash",
      ["-c", 'ulimit -f 1024 && exec "$@"', "bash", process.execPath, "--input-type=module", "-e", script, home.path],
      {
        encoding: "utf8",
        cwd: import.meta.dirname,
      },
    );
    expect(stderr).toBe("");
    const error = JSON.parse(stdout) as { code: string; message: string; hint: string };
    expect(error.code).toBe("BENTO_STORE_FAILED");
    expect(error.message).toMatch(/Cannot write ".*": .*\(EFBIG\)\.$/);
    expect(error.message).toContain(home.path);
    expect(readdirSync(join(home.path, "tmp"))).toEqual([]);
    expect(readdirSync(join(home.path, "models", "clf")).toSorted()).toEqual(["latest", "small"]);
  });

  test("a model whose file cannot be read says so", async () => {
    await using home = await temporaryFolder();
    const store = new FileModelStore(home.path);
    const model = await store.create("clf:v1", (draft) => draft.write("d/f", "1"));
    rmSync(join(model.path, "d", "f"));
    mkdirSync(join(model.path, "d", "f"));
    expect(await codeOf(model.read("d/f"))).toBe("BENTO_FILE_NOT_FOUND");
    chmodSync(join(model.path, "d"), 0o755);
  });
});

function startOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] as string;
}
