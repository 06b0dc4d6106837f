import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Remote } from "@bento/store";
import { locationOfUrl, openDriver, openRemote, type RemoteOptions } from "@bento/store/remotes";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { FaultProxy } from "../../../../test/support/fault-proxy.js";
import type { HubContent } from "../../../../test/support/hub-files.js";
import { HubServer } from "../../../../test/support/hub-server.js";
import { contentOf, filesBelow, gather, someBytes } from "../../../../test/support/remote-bytes.js";
import { remoteContract } from "../../../../test/support/remote-contract.js";

const token = "hf_SecretTokenOfSomebody";
let nobody: string;

beforeEach(async () => {
  nobody = await mkdtemp(join(tmpdir(), "bento-hf-"));
  onTestFinished(() => rm(nobody, { recursive: true }));
  for (const name of ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_TOKEN_PATH", "HF_HUB_OFFLINE", "HF_HUB_DISABLE_IMPLICIT_TOKEN"])
    vi.stubEnv(name, "");
  vi.stubEnv("HF_HOME", nobody);
});

const startHub = async (): Promise<HubServer> => {
  const hub = await HubServer.start();
  onTestFinished(() => hub[Symbol.asyncDispose]());
  vi.stubEnv("HF_ENDPOINT", hub.url);
  return hub;
};

const opened = async (url: string, options: RemoteOptions = {}): Promise<Remote> => {
  const remote = await openDriver(locationOfUrl(url, options), { signal: new AbortController().signal });
  onTestFinished(() => remote[Symbol.asyncDispose]());
  return remote;
};

describe("files of the hub", () => {
  const files = new WeakMap<Remote, { hub: HubServer; files: Record<string, HubContent> }>();
  const open = async (): Promise<{ remote: Remote; at: string }> => {
    const hub = await startHub();
    hub.commit("owner/name", { "README.md": "x" });
    const remote = await opened("hf://owner/name");
    files.set(remote, { hub, files: {} });
    return { remote, at: "name/" };
  };
  remoteContract(open, {
    seed: async (path, content, { remote }) => {
      const known = files.get(remote);
      if (known === undefined) throw new Error("Nobody opened it.");
      // Some as large files, which are on another host.
      known.files[path.replace("name/", "")] = { content, lfs: content.length % 2 === 0 };
      known.hub.commit("owner/name", known.files);
    },
    many: 20,
  });
});

test("a file whose connections break goes on where it was, if it is still that one", async () => {
  const hub = await startHub();
  const bytes = someBytes(3_000_000);
  hub.commit("owner/name", { "weights.bin": { content: bytes } });
  await using network = await FaultProxy.start(Number(new URL(hub.url).port));
  vi.stubEnv("HF_ENDPOINT", network.url);
  const location = locationOfUrl("hf://owner/name");
  const { signal } = new AbortController();
  network.faultsOf = () => (network.met.drop < 3 ? { kind: "drop", on: "response", at: 700_000 } : undefined);
  await using remote = await openRemote(location, { signal });
  expect((await gather(remote.read("name/weights.bin"))).equals(bytes)).toBe(true);
  expect(network.met.drop).toBe(3);
  const first = async (): Promise<void> => void hub.commit("owner/name", { "weights.bin": { content: someBytes(3_000_001) } });
  network.faultsOf = () => ({ kind: "drop", on: "response", at: 700_000, first });
  await using another = await openRemote(location, { signal });
  const failure = { code: "BENTO_TRANSFER_FAILED", message: expect.stringMatching(/changed while it was read|another file/) as string };
  await expect(gather(another.read("name/weights.bin"))).rejects.toMatchObject(failure);
});

test("the token goes to the hub alone, and not to the host of large files", async () => {
  const hub = await startHub();
  hub.tokens.add(token);
  hub.commit("owner/name", { "large.bin": { content: "large content", lfs: true } });
  const model = hub.model("owner/name");
  model.access = "gated";
  model.allowed.add(token);
  const stranger = await opened("hf://owner/name");
  const gated = { code: "BENTO_FORBIDDEN", hint: expect.stringContaining("HF_TOKEN") as string };
  await expect(gather(stranger.read("name/large.bin"))).rejects.toMatchObject(gated);
  await expect(stranger.stat("name/large.bin")).rejects.toMatchObject(gated);
  // As `hf auth login` saves it, as the environment has it, and as an option.
  await writeFile(join(nobody, "token"), `${token}\n`);
  const saved = await opened("hf://owner/name");
  await rm(join(nobody, "token"));
  vi.stubEnv("HF_TOKEN", token);
  const set = await opened("hf://owner/name");
  vi.stubEnv("HF_TOKEN", "");
  const given = await opened("hf://owner/name", { password: token });
  for (const remote of [saved, set, given]) {
    expect(await remote.stat("name/large.bin")).toMatchObject({ kind: "file", size: 13 });
    expect(String(await gather(remote.read("name/large.bin", { start: 6 })))).toBe("content");
  }
  const sent = hub.requests.filter(({ host }) => host === "cdn");
  expect(sent.map(({ authorization }) => authorization)).toEqual([undefined, undefined, undefined]);
  expect(hub.requests.filter(({ authorization }) => authorization === `Bearer ${token}`).length).toBeGreaterThan(5);
});

test("a token is not shown, though the hub repeats it", async () => {
  const hub = await startHub();
  vi.stubEnv("HF_TOKEN", token);
  hub.fail(/resolve/, { status: 400, body: `{"error": "bad token ${token}"}`, headers: { "content-type": "application/json" } });
  const error: unknown = await gather((await opened("hf://owner/name")).read("name/x")).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ message: expect.stringContaining("bad token ***") as string });
});

test("a revision is a branch, a commit or one of the hub's own", async () => {
  const hub = await startHub();
  const first = hub.commit("owner/name", { "file.txt": "first" });
  hub.commit("owner/name", { "file.txt": "request", "folder/x": "" }, "refs/pr/1");
  hub.commit("owner/name", { "file.txt": "second" });
  const remote = await opened("hf://owner/name");
  const read = async (path: string): Promise<string> => String(await gather(remote.read(path)));
  expect(await read("name/file.txt")).toBe("second");
  expect(await read(`name@${first}/file.txt`)).toBe("first");
  expect(await read("name@refs/pr/1/file.txt")).toBe("request");
  expect(await filesBelow(remote, "name@refs/pr/1")).toEqual(["name@refs/pr/1/file.txt", "name@refs/pr/1/folder/x"]);
  expect(await remote.stat("name@refs/pr/1/folder")).toMatchObject({ kind: "folder", path: "name@refs/pr/1/folder" });
  expect(await remote.stat("name")).toMatchObject({ kind: "folder" });
  await expect(read("name@gone/file.txt")).rejects.toMatchObject({
    code: "BENTO_NOT_FOUND",
    message: expect.stringContaining("revision") as string,
  });
  await expect(read("other/file.txt")).rejects.toMatchObject({
    code: "BENTO_NOT_FOUND",
    message: expect.stringContaining("private") as string,
  });
  await expect(read("-name-/file.txt")).rejects.toMatchObject({ code: "BENTO_BAD_REQUEST" });
});

test("a list of several pages is read, and one that leads elsewhere, or names what is elsewhere, is not", async () => {
  const hub = await startHub();
  hub.pageSize = 2;
  const names = Array.from({ length: 7 }, (_, index) => `folder/${index}`);
  hub.commit("owner/name", Object.fromEntries(names.map((name) => [name, name])));
  const remote = await opened("hf://owner/name");
  expect(await filesBelow(remote, "name/folder")).toEqual(names.map((name) => `name/${name}`));
  const lists = (entry: object): string => JSON.stringify([{ type: "file", size: 1, oid: "0".repeat(40), ...entry }]);
  for (const path of ["../x", "folder/../../x", "/etc/passwd", "folder/a\\..\\b", "elsewhere/x", "folder/\u0000"]) {
    hub.fail(/\/tree\//, { body: lists({ path }) });
    await expect(filesBelow(remote, "name/folder"), path).rejects.toThrow("leads elsewhere");
  }
  for (const body of ["{}", "[1]", "no json", lists({ path: "folder/x", size: -1 })]) {
    hub.fail(/\/tree\//, { body });
    await expect(filesBelow(remote, "name/folder"), body).rejects.toMatchObject({ code: "BENTO_TRANSFER_FAILED" });
  }
  hub.fail(/\/tree\//, { headers: { link: '<http://localhost:1/next>; rel="next"' } });
  await expect(filesBelow(remote, "name/folder")).rejects.toThrow("leads to http://localhost:1 for its list");
});

test("nobody is asked where the environment says so, or where it names no hub", async () => {
  const hub = await startHub();
  const open = (): Promise<Remote> => opened("hf://owner/name");
  vi.stubEnv("HF_HUB_OFFLINE", "1");
  await expect(open()).rejects.toMatchObject({
    code: "BENTO_CONFIG_INVALID",
    message: expect.stringContaining("HF_HUB_OFFLINE") as string,
  });
  vi.stubEnv("HF_HUB_OFFLINE", "");
  for (const endpoint of ["no url", "ftp://x", `http://user:${token}@x`]) {
    vi.stubEnv("HF_ENDPOINT", endpoint);
    const refused = { code: "BENTO_CONFIG_INVALID", message: expect.not.stringContaining(token) as string };
    await expect(open(), endpoint).rejects.toMatchObject(refused);
  }
  expect(hub.requests).toEqual([]);
});

test("it is only read, and says what to use instead", async () => {
  await startHub();
  const remote = await opened("hf://owner/name");
  const refused = { code: "BENTO_BAD_REQUEST", hint: expect.stringContaining("hf upload") as string };
  await expect(remote.write("name/x", contentOf(someBytes(1)))).rejects.toMatchObject(refused);
  await expect(remote.delete("name/x")).rejects.toMatchObject(refused);
});
