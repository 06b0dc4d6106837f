import { expect, onTestFinished, test } from "vitest";
import type { Remote, RemoteContent } from "@bento/store";
import { contentOf, filesBelow, gather, listed, someBytes } from "./remote-bytes.js";
import { type OpenRemoteUnderTest, promptMs } from "./remote-under-test.js";

const chunkBytes = 256 * 1024;

/** What every remote does that can be written to; part of `remoteContract`. */
export function remoteWriteContract(open: OpenRemoteUnderTest): void {
  const start = async (): Promise<{ remote: Remote; at: string; expectLeft: (names: readonly string[]) => Promise<void> }> => {
    const { remote, at = "", leftovers } = await open();
    onTestFinished(() => remote[Symbol.asyncDispose]());
    const expectLeft = async (names: readonly string[]): Promise<void> => {
      expect(await filesBelow(remote, at.slice(0, -1))).toEqual(names.map((name) => at + name).toSorted());
      expect((await leftovers?.()) ?? []).toEqual([]);
    };
    return { remote, at, expectLeft };
  };

  test.each([0, 1, 300_007, 12_000_007])("%i bytes, of which only the end tells how many, are written", async (size) => {
    const { remote, at, expectLeft } = await start();
    const bytes = someBytes(size);
    await remote.write(`${at}new/folder/file.bin`, contentOf(bytes, { isSizeKnown: false }));
    expect((await gather(remote.read(`${at}new/folder/file.bin`))).equals(bytes)).toBe(true);
    await expectLeft(["new/folder/file.bin"]);
  });

  test("a file is replaced in one step", async () => {
    const { remote, at, expectLeft } = await start();
    const [before, after] = [someBytes(5_000_000), someBytes(12_000_000)];
    await remote.write(`${at}file.bin`, contentOf(before));
    const whileWriting: RemoteContent = {
      size: after.length,
      async *stream(from) {
        yield after.slice(from, 7_000_000);
        expect((await gather(remote.read(`${at}file.bin`))).equals(before)).toBe(true);
        expect(await remote.stat(`${at}file.bin`)).toMatchObject({ size: before.length });
        yield after.slice(Math.max(from, 7_000_000));
      },
    };
    await remote.write(`${at}file.bin`, whileWriting);
    expect((await gather(remote.read(`${at}file.bin`))).equals(after)).toBe(true);
    await remote.write(`${at}file.bin`, contentOf(before.subarray(0, 5)));
    expect((await gather(remote.read(`${at}file.bin`))).equals(before.subarray(0, 5))).toBe(true);
    await expectLeft(["file.bin"]);
  });

  test.each([1, 48])("content that fails after %i chunks leaves everything as it was", async (chunks) => {
    const { remote, at, expectLeft } = await start();
    await remote.write(`${at}old.bin`, contentOf(Buffer.from("old")));
    for (const [name, size] of [
      ["old.bin", 20_000_000],
      ["new.bin", undefined],
    ] as const) {
      const failing: RemoteContent = {
        size,
        async *stream() {
          for (let index = 0; index < chunks; index += 1) yield someBytes(chunkBytes);
          throw new Error("the source is broken");
        },
      };
      await expect(remote.write(at + name, failing)).rejects.toThrow("the source is broken");
    }
    await expectLeft(["old.bin"]);
    expect(String(await gather(remote.read(`${at}old.bin`)))).toBe("old");
  });

  test.each([1, 48])(
    "a write that is aborted after %i chunks ends at once, though its content hangs, and leaves everything as it was",
    async (chunks) => {
      const { remote, at, expectLeft } = await start();
      await remote.write(`${at}old.bin`, contentOf(Buffer.from("old")));
      for (const [name, size] of [
        ["old.bin", 20_000_000],
        ["new.bin", undefined],
      ] as const) {
        const controller = new AbortController();
        let began = 0;
        const hanging: RemoteContent = {
          size,
          async *stream() {
            for (let index = 0; index < chunks; index += 1) yield someBytes(chunkBytes);
            began = performance.now();
            controller.abort();
            await new Promise(() => {});
          },
        };
        await expect(remote.write(at + name, hanging, { signal: controller.signal })).rejects.toMatchObject({ code: "BENTO_CANCELLED" });
        expect(performance.now() - began).toBeLessThan(promptMs);
        await expect(remote.write(at + name, contentOf(Buffer.from("x")), { signal: controller.signal })).rejects.toMatchObject({
          code: "BENTO_CANCELLED",
        });
        await expect(remote.delete(`${at}old.bin`, { signal: controller.signal })).rejects.toMatchObject({ code: "BENTO_CANCELLED" });
      }
      await expectLeft(["old.bin"]);
      expect(String(await gather(remote.read(`${at}old.bin`)))).toBe("old");
    },
  );

  test("files and folders are deleted, whatever is below them, and nothing beside", async () => {
    const { remote, at, expectLeft } = await start();
    const names = ["a/file", "a/b/c/file", "a/b/file", "ab/file", "a.txt", "z"];
    for (const name of names) await remote.write(at + name, contentOf(Buffer.from(name)));
    await remote.delete(`${at}z`);
    expect(await remote.stat(`${at}z`)).toBeUndefined();
    await expectLeft(names.slice(0, -1));
    await remote.delete(`${at}a`);
    expect(await remote.stat(`${at}a`)).toBeUndefined();
    expect(await remote.stat(`${at}a/b`)).toBeUndefined();
    await expectLeft(["ab/file", "a.txt"]);
    for (const nothing of ["a", "z", "gone/deep", "a.txt/below"]) await remote.delete(at + nothing);
    await expectLeft(["ab/file", "a.txt"]);
  });

  test("several files are written at once, each as it is", async () => {
    const { remote, at, expectLeft } = await start();
    const files = Array.from({ length: 6 }, (_, index) => [`new-${index % 2}/file-${index}`, someBytes(600_000 + index)] as const);
    await Promise.all(files.map(([name, bytes]) => remote.write(at + name, contentOf(bytes))));
    for (const [name, bytes] of files) expect((await gather(remote.read(at + name))).equals(bytes)).toBe(true);
    await expectLeft(files.map(([name]) => name));
  });

  test("an empty folder stays one, where the remote has such", async () => {
    const { remote, at } = await start();
    if (remote.makeFolder === undefined) return;
    for (let time = 0; time < 2; time += 1) await remote.makeFolder(`${at}top/empty folder`);
    expect(await remote.stat(`${at}top/empty folder`)).toMatchObject({ kind: "folder", path: `${at}top/empty folder`, size: 0 });
    expect((await listed(remote, `${at}top`)).get(`${at}top/empty folder`)).toMatchObject({ kind: "folder", size: 0 });
    expect(await filesBelow(remote, `${at}top`)).toEqual([]);
    expect(await listed(remote, `${at}top/empty folder`)).toEqual(new Map());
    await remote.delete(`${at}top`);
    expect(await remote.stat(`${at}top`)).toBeUndefined();
  });
}
