import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { contentOf, filesBelow, gather, listed } from "../../../../test/support/remote-bytes.js";
import { exportModel, importModel, inspectArchive, registerRemote } from "../../src/index.js";
import { faultyEngine } from "../support/engine.js";
import { failureOf } from "../support/failure-of.js";
import { fault } from "../support/faulty-remote.js";
import { modelYaml } from "../support/model-archive.js";
import { rawTar } from "../support/raw-tar.js";
import { bound, openMemory, openStores } from "../support/remote-stores.js";

describe("an archive at a remote", () => {
  test("is made again from any byte, always the same", async () => {
    await using stores = await openStores();
    for (const format of ["tar", "gz", "zip"] as const) {
      const memory = await openMemory(`memory://${randomUUID()}/`);
      registerRemote("again", {
        open: async () => ({
          ...bound(memory),
          name: "again://x/",
          write: async (path, content) => {
            const whole = await gather(content.stream(0));
            for (const start of [0, 1, 999_999, whole.length - 1, whole.length]) {
              expect((await gather(content.stream(start))).equals(whole.subarray(start))).toBe(true);
            }
            if (format === "tar") expect(content.size).toBe(whole.length);
            await memory.write(path, contentOf(whole));
          },
          [Symbol.asyncDispose]: async () => {},
        }),
      });
      await exportModel("fixed", `again://x/a.${format}`, { store: stores.from });
      const local = await exportModel("fixed", `${stores.folder}/a.${format}`, { store: stores.from });
      expect((await gather(memory.read(`a.${format}`))).equals(readFileSync(local))).toBe(true);
    }
  });

  test("is replaced, and stays what it was when an export fails", async () => {
    await using stores = await openStores();
    const { url, engine } = await faultyEngine({ failing: { write: [undefined as never, fault("the bucket is full", false)] } });
    await engine.write("a.tar", contentOf(Buffer.from("old")));
    const error = await failureOf(exportModel("fixed", `${url}a.tar`, { store: stores.from }));
    expect(error).toMatchObject({ code: "BENTO_TRANSFER_FAILED", message: expect.stringContaining("the bucket is full") as string });
    expect(String(await gather(engine.read("a.tar")))).toBe("old");
    await exportModel("fixed", `${url}a.tar`, { store: stores.from });
    expect(await filesBelow(engine, "")).toEqual(["a.tar"]);
    await importModel(`${url}a.tar`, { store: stores.to });
  });

  test("leaves nothing when its export is aborted", async () => {
    await using stores = await openStores();
    for (const format of ["bentomodel", "zip", "folder"] as const) {
      const url = `memory://${randomUUID()}/x/`;
      const controller = new AbortController();
      const exporting = exportModel("fixed", url, { store: stores.from, format, compression: "store", signal: controller.signal });
      const watching = (async () => {
        for await (const { bytes } of exporting) if (bytes > 0) controller.abort();
      })();
      await expect(watching).rejects.toMatchObject({ code: "BENTO_CANCELLED" });
      expect(await listed(await openMemory(url), "")).toEqual(new Map());
    }
  });

  test.each(["tar", "zip", "folder"] as const)(
    "leaves the store as it was when its import is aborted, and ends its requests, as %s",
    async (format) => {
      await using stores = await openStores();
      const { url, faulty } = await faultyEngine();
      const written = await exportModel("fixed", `${url}x`, { store: stores.from, format, compression: "store" });
      const controller = new AbortController();
      const importing = importModel(written, { store: stores.to, format, signal: controller.signal });
      const watching = (async () => {
        for await (const { bytes } of importing) if (bytes > 0) controller.abort();
      })();
      await expect(watching).rejects.toMatchObject({ code: "BENTO_CANCELLED" });
      expect(await stores.to.listTags()).toEqual([]);
      await expect.poll(() => faulty.reading).toBe(0);
      await importModel(written, { store: stores.to, format });
    },
  );

  test("that is not there is not found, by an import and by a look", async () => {
    await using stores = await openStores();
    const url = `memory://${randomUUID()}/gone.zip`;
    for (const work of [importModel(url, { store: stores.to }), inspectArchive(url, { store: stores.to })]) {
      expect(await failureOf(work)).toMatchObject({ code: "BENTO_NOT_FOUND", message: expect.stringContaining("gone.zip") as string });
    }
    expect(await failureOf(importModel(url, { store: stores.to, format: "folder" }))).toMatchObject({ code: "BENTO_NOT_FOUND" });
  });

  test("that is a zip is read where it is asked for, not from end to end", async () => {
    await using stores = await openStores();
    const { url, faulty, engine } = await faultyEngine();
    await exportModel("fixed", `${url}x.zip`, { store: stores.from, compression: "store" });
    faulty.calls.length = 0;
    await importModel(`${url}x.zip`, { store: stores.to });
    const size = (await engine.stat("x.zip"))?.size as number;
    const reads = faulty.calls.filter((call) => call.startsWith("read"));
    expect(reads.length).toBeLessThan(12);
    expect(reads).not.toContain("read x.zip 0-");
    expect(size).toBeGreaterThan(1_000_000);
    const unranged = await faultyEngine({ traits: { ranges: false } });
    await unranged.engine.write("x.zip", contentOf(await gather(engine.read("x.zip"))));
    await importModel(`${unranged.url}x.zip`, { store: stores.to, existing: "skip" });
    expect(unranged.faulty.calls.filter((call) => call.startsWith("read"))).toEqual(["read x.zip 0-"]);
  });
});

describe("what a place may be said to be", () => {
  test("a hostile archive is one wherever it lies", async () => {
    await using stores = await openStores();
    const url = `memory://${randomUUID()}/x.tar`;
    await (
      await openMemory(url)
    ).write("x.tar", contentOf(rawTar([{ name: "model.yaml", content: Buffer.from(modelYaml()) }, { name: "../evil" }])));
    const error = await failureOf(importModel(url, { store: stores.to }));
    expect(error).toMatchObject({ code: "BENTO_ARCHIVE_UNSAFE", message: expect.stringContaining("../evil") as string });
  });

  test.each([
    ["a protocol beside a URL", "memory://x/y", { protocol: "s3" }],
    ["a path beside a URL", "memory://x/y", { subpath: "z" }],
    ["a user twice", "memory://hidden-user@x/y", { user: "hidden-user" }],
    ["a password twice", "memory://u:hidden@x/y", { password: "hidden" }],
    ["a param twice", "memory://x/y?hidden=1", { params: { hidden: "2" } }],
    ["a password for a file", "/d/x.tar", { password: "hidden" }],
    ["a password that is no text", "memory://x/y", { password: ["hidden"] as never }],
    ["params that are no texts", "memory://x/y", { params: { a: { hidden: 1 } } as never }],
    ["a scheme that nothing knows", "hidden-scheme-is-shown://u:hidden@x/y", {}],
    ["a path that leads out", "x/a/../b", { protocol: "memory" }],
  ])("not %s, and no secret is shown", async (_, place, options) => {
    await using stores = await openStores();
    for (const work of [
      importModel(place, { store: stores.to, ...options }),
      exportModel("fixed", place, { store: stores.from, ...options }),
    ]) {
      const error = await failureOf(work);
      expect(error.code).toBe("BENTO_BAD_REQUEST");
      expect(`${error.message} ${error.hint}`.replaceAll(/hidden-scheme|"hidden"$/g, "")).not.toMatch(/hidden[^"]/);
    }
  });

  test.each(["memory://x/y.tar", "/etc/passwd", "file:///etc/passwd"])("not %s for somebody who is not trusted", async (place) => {
    await using stores = await openStores();
    expect(await failureOf(importModel(place, { store: stores.to, untrusted: true }))).toMatchObject({ code: "BENTO_BAD_REQUEST" });
  });
});
