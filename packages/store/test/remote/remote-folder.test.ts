import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { contentOf, filesBelow, listed } from "../../../../test/support/remote-bytes.js";
import { exportModel, importModel, registerRemote } from "../../src/index.js";
import { faultyEngine } from "../support/engine.js";
import { failureOf } from "../support/failure-of.js";
import { fault } from "../support/faulty-remote.js";
import { fixedModel } from "../support/fixed-model.js";
import { modelYaml } from "../support/model-archive.js";
import { bound, openMemory, openStores } from "../support/remote-stores.js";

describe("a folder at a remote", () => {
  test("is written where nothing is, and its document last", async () => {
    await using stores = await openStores();
    const { url, faulty, engine } = await faultyEngine();
    await exportModel("fixed", `${url}models/fixed`, { store: stores.from, format: "folder" });
    const writes = faulty.calls.filter((call) => call.startsWith("write"));
    expect(writes).toHaveLength(fixedModel.files.size);
    expect(writes.at(-1)).toBe("write models/fixed/model.yaml");
    for (const target of ["models/fixed", "models", "models/fixed/model.yaml", ""]) {
      const error = await failureOf(exportModel("fixed", url + target, { store: stores.from, format: "folder" }));
      expect(error.code, target).toBe("BENTO_TARGET_EXISTS");
    }
    expect(await filesBelow(engine, "")).toHaveLength(fixedModel.files.size);
  });

  test.each(["weights.bin", "model.yaml"])("takes away what it wrote when %s cannot be written, and nothing else", async (name) => {
    await using stores = await openStores();
    const { url, faulty, engine } = await faultyEngine();
    await engine.write("other/file", contentOf(Buffer.from("x")));
    const write = faulty.write.bind(faulty);
    faulty.write = (path, content, options) =>
      path.endsWith(`/${name}`) ? Promise.reject(fault("no room", false)) : write(path, content, options);
    const error = await failureOf(exportModel("fixed", `${url}x`, { store: stores.from, format: "folder" }));
    expect(error.message).toContain("no room");
    expect([...(await listed(engine, "")).keys()]).toEqual(["other", "other/file"]);
  });

  test("is refused where an empty folder could not be kept", async () => {
    await using stores = await openStores();
    const memory = await openMemory(`memory://${randomUUID()}/`);
    registerRemote("flat", { open: () => Promise.resolve({ ...bound(memory), name: "flat://x/" }) });
    const error = await failureOf(exportModel("fixed", "flat://x/y", { store: stores.from, format: "folder" }));
    expect(error).toMatchObject({ code: "BENTO_BAD_REQUEST", message: expect.stringContaining(fixedModel.emptyFolder) as string });
    expect(await listed(memory, "")).toEqual(new Map());
  });

  test.each([
    ["a name that leads out", ["model.yaml", "../evil"], "BENTO_TRANSFER_FAILED"],
    ["a file that is a folder as well", ["model.yaml", "a", "a/b"], "BENTO_ARCHIVE_UNSAFE"],
    ["a name that comes twice", ["model.yaml", "a", "a"], "BENTO_ARCHIVE_UNSAFE"],
    ["a name with a backslash of Windows", ["model.yaml", "C:\\x"], "BENTO_ARCHIVE_UNSAFE"],
  ])("is not taken with %s", async (_, names, code) => {
    await using stores = await openStores();
    const { url, faulty } = await faultyEngine();
    const bytes = Buffer.from(modelYaml());
    faulty.list = async function* list() {
      for (const name of names) yield { kind: "file", path: `x/${name}`, size: bytes.length, version: "1" };
    };
    faulty.stat = (path) => Promise.resolve({ kind: path === "x" ? "folder" : "file", path, size: bytes.length, version: "1" });
    faulty.read = async function* read() {
      yield new Uint8Array(bytes);
    };
    expect(await failureOf(importModel(`${url}x`, { store: stores.to }))).toMatchObject({ code });
    expect(await stores.to.listTags()).toEqual([]);
  });

  test("is not taken when it has more files than are allowed", async () => {
    await using stores = await openStores();
    const url = await exportModel("fixed", `memory://${randomUUID()}/x`, { store: stores.from, format: "folder" });
    const error = await failureOf(importModel(url, { store: stores.to, limits: { maxEntries: 3 } }));
    expect(error).toMatchObject({ code: "BENTO_ARCHIVE_UNSAFE", message: expect.stringContaining("maxEntries") as string });
  });
});
