import { expect, onTestFinished, test } from "vitest";
import { contentOf, eachOf, filesBelow, gather, listed, someBytes } from "./remote-bytes.js";
import { type OpenRemoteUnderTest, promptMs, type RemoteUnderTest } from "./remote-under-test.js";
import { remoteWriteContract } from "./remote-write-contract.js";

/** What a kind of remote can do. */
export interface RemoteUnderContract {
  /** For remotes that are read only: puts a file there by another way. */
  readonly seed?: ((path: string, bytes: Uint8Array, under: RemoteUnderTest) => Promise<void>) | undefined;
  /** Whether what is below a folder can be listed. Default true. */
  readonly lists?: boolean | undefined;
  /** Whether files have versions. Default true. */
  readonly versions?: boolean | undefined;
  /** How many files are in the large folder. Default 230. */
  readonly many?: number | undefined;
}

const MiB = 1024 * 1024;
/** Names that some protocol, shell or URL takes for something else. */
const oddNames: readonly string[] = [
  "with two  spaces.bin",
  "100%.bin",
  "a%20b%2Fc",
  "#hash#",
  "what?.bin",
  "a+b&c=d;e",
  "déjà-模型-🧪",
  `it's "quoted"`,
  "[brackets] {braces} (more)",
  "-dash",
  ".hidden",
  "~tilde*star",
  `${"long".repeat(50)}.bin`,
];

/** Makes an empty place, and says how a file is put there. */
type StartRemote = () => Promise<{
  readonly remote: RemoteUnderTest["remote"];
  readonly at: string;
  readonly put: (name: string, bytes: Uint8Array) => Promise<void>;
}>;

/** What every remote does; `open` gives an empty place to each test. */
export function remoteContract(
  open: OpenRemoteUnderTest,
  { seed, lists = true, versions = true, many = 230 }: RemoteUnderContract = {},
): void {
  const start: StartRemote = async () => {
    const under = await open();
    const { remote, at = "" } = under;
    onTestFinished(() => remote[Symbol.asyncDispose]());
    const put = (name: string, bytes: Uint8Array): Promise<void> =>
      seed?.(at + name, bytes, under) ?? remote.write(at + name, contentOf(bytes));
    return { remote, at, put };
  };

  test("nothing, files and folders are told apart", async () => {
    const { remote, at, put } = await start();
    expect(remote.name).toMatch(/^[a-z][a-z0-9+.-]*:\/\/.*\/$/);
    await put("folder/below/file.bin", Buffer.from("hello"));
    expect(await remote.stat(`${at}folder/below/file.bin`)).toMatchObject({ kind: "file", path: `${at}folder/below/file.bin`, size: 5 });
    for (const missing of ["gone", "folder/below/file.bi", "folder/below/file.bin/x", "gone/x"])
      expect(await remote.stat(at + missing)).toBeUndefined();
    if (!lists) return;
    expect(await remote.stat(`${at}folder`)).toMatchObject({ kind: "folder", path: `${at}folder`, size: 0 });
    expect(await remote.stat(`${at}folder/below`)).toMatchObject({ kind: "folder", path: `${at}folder/below` });
    expect(await remote.stat("")).toMatchObject({ kind: "folder", path: "" });
    expect(await remote.stat(`${at}fold`)).toBeUndefined();
  });

  test.each([0, 1, MiB - 1, MiB, MiB + 1, 12_000_007])("a file of %i bytes comes back as it is", async (size) => {
    const { remote, at, put } = await start();
    const bytes = someBytes(size);
    await put("file.bin", bytes);
    expect(await remote.stat(`${at}file.bin`)).toMatchObject({ kind: "file", size });
    const read = await gather(remote.read(`${at}file.bin`));
    expect(read.equals(bytes)).toBe(true);
  });

  test("names stand for themselves", async () => {
    const { remote, at, put } = await start();
    const names = [...oddNames, ...oddNames.slice(0, 8).map((name) => `in ${name}/x`)];
    await eachOf(names, (name) => put(name, Buffer.from(name)), 4);
    for (const name of names) {
      expect(await remote.stat(at + name), name).toMatchObject({ kind: "file", path: at + name });
      expect(String(await gather(remote.read(at + name)))).toBe(name);
    }
    if (lists) expect(await filesBelow(remote, at.slice(0, -1))).toEqual(names.map((name) => at + name).toSorted());
  });

  test("a range is what stands there, and ends where the file does", async () => {
    const { remote, at, put } = await start();
    const bytes = someBytes(100_000);
    await put("file.bin", bytes);
    const ranges: readonly (readonly [number | undefined, number | undefined])[] = remote.traits.ranges
      ? [[undefined, 10], [0, 1], [99_999, undefined], [500, 70_000], [7, 7], [50_000, 200_000], [99_999, 100_000], [100_000, undefined], [120_000, 130_000]] // prettier-ignore
      : [[undefined, 10], [0, 1], [0, 70_000], [0, 0], [0, 200_000]]; // prettier-ignore
    for (const [from, end] of ranges) {
      const read = await gather(remote.read(`${at}file.bin`, { start: from, end }));
      expect(read.equals(bytes.subarray(from ?? 0, end)), `${from} to ${end}`).toBe(true);
    }
  });

  test("what is not there cannot be read, and asking again would not help", async () => {
    const { remote, at, put } = await start();
    await put("folder/file.bin", Buffer.from("x"));
    for (const missing of ["gone.bin", "folder/gone.bin", "gone/gone.bin", "folder/file.bin/below"]) {
      const failure = { code: "BENTO_NOT_FOUND", message: expect.stringContaining(missing) as string, cause: { isTransient: false } };
      await expect(gather(remote.read(at + missing))).rejects.toMatchObject(failure);
      await expect(gather(remote.read(at + missing, { end: 5 }))).rejects.toMatchObject(failure);
    }
  });

  test("a reader who leaves early gets what was read, and the remote stays of use", async () => {
    const { remote, at, put } = await start();
    const bytes = someBytes(12_000_000);
    await put("file.bin", bytes);
    for (let time = 0; time < 3; time += 1) {
      for await (const chunk of remote.read(`${at}file.bin`)) {
        expect(bytes.subarray(0, chunk.length).equals(chunk)).toBe(true);
        // It is the reader's, who may do with it as it likes.
        chunk.fill(0);
        break;
      }
    }
    expect((await gather(remote.read(`${at}file.bin`, { end: 1000 }))).equals(bytes.subarray(0, 1000))).toBe(true);
  });

  test("a read ends with its signal, before it begins and in the middle", async () => {
    const { remote, at, put } = await start();
    await put("file.bin", someBytes(12_000_000));
    const controller = new AbortController();
    const { signal } = controller;
    const chunks = remote.read(`${at}file.bin`, { signal })[Symbol.asyncIterator]();
    await chunks.next();
    const began = performance.now();
    controller.abort();
    await expect(chunks.next()).rejects.toMatchObject({ code: "BENTO_CANCELLED" });
    await expect(gather(remote.read(`${at}file.bin`, { signal }))).rejects.toMatchObject({ code: "BENTO_CANCELLED" });
    await expect(remote.stat(`${at}file.bin`, { signal })).rejects.toMatchObject({ code: "BENTO_CANCELLED" });
    expect(performance.now() - began).toBeLessThan(promptMs);
    expect(await remote.stat(`${at}file.bin`)).toMatchObject({ size: 12_000_000 });
  });

  test("several reads at once bring what each asked for", async () => {
    const { remote, at, put } = await start();
    const files = Array.from({ length: 6 }, (_, index) => [`file-${index}`, someBytes(700_000 + index)] as const);
    for (const [name, bytes] of files) await put(name, bytes);
    const read = await Promise.all([...files, ...files].map(([name]) => gather(remote.read(at + name))));
    for (const [index, [, bytes]] of [...files, ...files].entries()) expect(read[index]?.equals(bytes)).toBe(true);
  });

  if (versions) remoteVersionContract(start, lists);
  if (lists) remoteListContract(start, many);

  test("a remote that is closed keeps nothing open, and can be closed again", async () => {
    const { remote, at, put } = await start();
    await put("file.bin", someBytes(3_000_000));
    const before = openHandles();
    for await (const _ of remote.read(`${at}file.bin`)) break;
    if (lists) await listed(remote, at.slice(0, -1));
    await remote[Symbol.asyncDispose]();
    await remote[Symbol.asyncDispose]();
    // A connection is gone a moment after it was closed. Not `expect.poll`, whose own timers would be counted.
    for (const end = performance.now() + 5000; openHandles() > before && performance.now() < end;) await new Promise(setImmediate);
    expect(openHandles()).toBeLessThanOrEqual(before);
  });

  if (seed === undefined) remoteWriteContract(open);
}

function remoteVersionContract(start: StartRemote, lists: boolean): void {
  test("what was written anew has another version, and is not read for the one before", async () => {
    const { remote, at, put } = await start();
    const version = async (): Promise<string | undefined> => (await remote.stat(`${at}file.bin`))?.version;
    await put("file.bin", Buffer.from("first"));
    const first = await version();
    expect(first).toBeDefined();
    expect(await version()).toBe(first);
    expect(String(await gather(remote.read(`${at}file.bin`, { version: first })))).toBe("first");
    await put("file.bin", Buffer.from("the second"));
    expect(await version()).not.toBe(first);
    const stale = { code: "BENTO_TRANSFER_FAILED", cause: { isTransient: false } };
    await expect(gather(remote.read(`${at}file.bin`, { version: first }))).rejects.toMatchObject(stale);
    if (lists)
      expect((await listed(remote, at.slice(0, -1))).get(`${at}file.bin`)).toMatchObject({
        kind: "file",
        size: 10,
        version: await version(),
      });
  });
}

function remoteListContract(start: StartRemote, many: number): void {
  test("a folder lists everything below it, and nothing beside it", async () => {
    const { remote, at, put } = await start();
    const below = Array.from({ length: many }, (_, index) => `a/${index % 7}/${"deep/".repeat(index % 3)}file-${index}`);
    const beside = ["a!", "a.txt", "ab/c", "a b/c", "A/c", "b/a/c"];
    await eachOf([...below, ...beside], (name) => put(name, Buffer.from(name)));
    expect(await filesBelow(remote, `${at}a`)).toEqual(below.map((name) => at + name).toSorted());
    expect(await filesBelow(remote, at.slice(0, -1))).toEqual([...below, ...beside].map((name) => at + name).toSorted());
    for (const { kind, path, size } of (await listed(remote, `${at}a`)).values()) {
      expect(path.startsWith(`${at}a/`) && !path.endsWith("/")).toBe(true);
      expect(size).toBe(kind === "folder" ? 0 : path.length - at.length);
    }
    for (const nothing of ["gone", "a.txt", "a/0/gone"]) expect(await listed(remote, at + nothing)).toEqual(new Map());
    const controller = new AbortController();
    const entries = remote.list(`${at}a`, { signal: controller.signal })[Symbol.asyncIterator]();
    await entries.next();
    const began = performance.now();
    controller.abort();
    await expect(entries.next()).rejects.toMatchObject({ code: "BENTO_CANCELLED" });
    expect(performance.now() - began).toBeLessThan(promptMs);
  });
}

/** Sockets, files and timers that keep this process from ending. */
function openHandles(): number {
  return process.getActiveResourcesInfo().filter((kind) => /Socket|TCP|TLS|Pipe|File|Timeout/.test(kind)).length;
}
