import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, join } from "node:path";
import { main } from "@bento/cli";
import { exportModel, FileModelStore } from "@bento/store";
import { locationOfUrl, openRemote } from "@bento/store/remotes";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { temporaryFolder, unpackHome } from "./bento.js";
import { FakeTerminal, run } from "./fake-terminal.js";

let folder: string;
let home: string;
let other: string;
/** A place in the memory of this process that no other test has. */
let box: string;

beforeEach(async () => {
  const temporary = temporaryFolder();
  onTestFinished(() => temporary[Symbol.dispose]());
  folder = temporary.path;
  home = join(folder, "home");
  other = join(folder, "other");
  box = `memory://${basename(folder).toLowerCase()}`;
  await new FileModelStore(home).create("digits:v1", { labels: { team: "vision" } }, (draft) =>
    draft.write("weights.bin", randomBytes(90_000)),
  );
});

const models = (args: readonly string[], at = home) => run(["--home", at, "models", ...args]);
const isWhole = async (at: string): Promise<string> => (await (await new FileModelStore(at).get("digits:v1")).verify()).status;

describe("models", () => {
  test.each(["bentomodel", "zip", "folder"])("go to a URL and come from there as %s", async (format) => {
    const url = `${box}/a%20b/out.${format}`;
    const exported = await models(["export", "digits", `${url}?`, "--format", format]);
    expect(exported).toMatchObject({ exit: 0, stdout: `Model(tag="digits:v1") exported to ${url}.\n`, stderr: "" });
    const imported = await models(["import", url, ...(format === "folder" ? ["--format", "folder"] : [])], other);
    expect(imported).toMatchObject({ exit: 0, stdout: 'Model(tag="digits:v1") imported.\n', stderr: "" });
    expect(await isWhole(other)).toBe("ok");
  });

  test("-o json and path say where they went; a URL that ends in a slash is a folder", async () => {
    const url = `${box}/models/digits-v1.zip`;
    expect((await models(["export", "digits", `${box}/models/`, "--format", "zip", "-o", "path"])).stdout).toBe(`${url}\n`);
    expect(JSON.parse((await models(["export", "digits", url, "-o", "json"])).stdout)).toEqual({ tag: "digits:v1", path: url });
  });

  test("are looked at before, and what stands against them is said", async () => {
    const url = `${box}/out.zip`;
    await models(["export", "digits", url]);
    expect((await models(["import", url, "--dry-run", "-o", "tag"], other)).stdout).toBe("digits:v1\n");
    expect(await models(["import", url, "--dry-run"])).toMatchObject({ exit: 1, stderr: expect.stringContaining("It would not come in.") });
    const inspected = await models(["inspect", url]);
    expect(inspected.stdout).toMatch(/^Model\(tag="digits:v1"\)\nFormat: {3}zip\n/);
    const missing = await models(["inspect", `${box}/nothing.zip`]);
    expect(missing).toMatchObject({ exit: 1, stdout: "", stderr: expect.stringMatching(/^error: .*nothing\.zip".*\nhint: .+\n$/) });
  });

  test("go by protocol and subpath where a path is no URL", async () => {
    const [host] = box.split("//").slice(1) as [string];
    const apart = ["--protocol", "memory", "--subpath", "sub/out.zip"];
    expect((await models(["export", "digits", host, ...apart, "-o", "path"])).stdout).toBe(`${box}/sub/out.zip\n`);
    expect(await models(["import", `${host}/sub/out.zip`, "--protocol", "memory", "-o", "tag"], other)).toMatchObject({
      stdout: "digits:v1\n",
    });
    const twice = await models(["import", `${box}/sub/out.zip`, "--protocol", "memory"], other);
    expect(twice).toMatchObject({ exit: 1, stderr: expect.stringMatching(/^error: A URL names its protocol .+\nhint: .+\n$/) });
  });

  test("of strangers come from no place like this", async () => {
    await models(["export", "digits", `${box}/out.zip`]);
    for (const from of [`${box}/out.zip`, join(folder, "out.zip")])
      expect(await models(["import", from, "--untrusted"], other)).toMatchObject({ exit: 1, stderr: expect.stringMatching(/^error: /) });
  });
});

test("a bento goes with its models", async () => {
  const bentos = unpackHome("home", folder);
  const [tag = ""] = (await run(["--home", bentos, "list", "iris*", "-o", "json"])).stdout.match(/iris_\w+:[\w-]+/) ?? [];
  expect(await run(["--home", bentos, "export", tag, `${box}/out.bento`])).toMatchObject({ exit: 0, stderr: "" });
  expect((await run(["inspect", `${box}/out.bento`, "-o", "json"])).stdout).toContain(`"tag": "${tag}"`);
  expect((await run(["--home", other, "import", `${box}/out.bento`, "-o", "tag"])).stdout).toBe(`${tag}\n`);
});

describe("a backup is kept on this machine", () => {
  test.each<readonly string[]>([
    ["export", "--all", "s3://bucket/backup"],
    ["export", "--all", "./backup", "--user", "ada"],
  ])("%s %s %s", async (...args) => {
    const { exit, stdout, stderr } = await models(args);
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: "" });
    expect(stderr).toMatch(/^error: A backup is kept in a folder of this machine, and nowhere else\.\nhint: .+\n$/);
  });

  test("and one that lies elsewhere is named as such, before any of it is fetched", async () => {
    await models(["export", "--all", join(folder, "backup")]);
    for (const name of ["backup.jsonl", "digits/v1.bentomodel"]) {
      await using remote = await openRemote(locationOfUrl(`${box}/`), { signal: new AbortController().signal });
      const bytes = readFileSync(join(folder, "backup", name));
      await remote.write(`backup/${name}`, {
        size: bytes.length,
        stream: async function* stream(start) {
          yield bytes.subarray(start);
        },
      });
    }
    const { exit, stderr } = await models(["import", `${box}/backup/`], other);
    expect(exit).toBe(1);
    expect(stderr).toMatch(/^error: "memory:.+\/backup" is a backup, which only a folder of this machine can be .+\nhint: .+\n$/);
  });

  test("and what reaches others is no option of its import", async () => {
    mkdirSync(join(folder, "backup"));
    writeFileSync(join(folder, "backup", "x.zip"), "");
    expect((await models(["import", join(folder, "backup"), "--user", "ada"])).stderr).toContain("A backup is kept in a folder");
  });
});

test.each([
  [["export", "digits", "nowhere://x/y"], 1, /^error: Nothing here can reach "nowhere:\/\/"\.\nhint: Known are [\w, ]+\.\n$/],
  [["export", "digits", "./x.zip", "--user", "ada"], 1, /^error: Files of this machine take neither user nor password nor params\./],
  [["import", "memory://x/y", "--password", "a", "--ask-password"], 2, /cannot be used with option '--ask-password'/],
  [["import", "memory://x/y", "--param", "hunter2"], 2, /^error: --param takes key=value\.\n/],
  [["import", "memory://x/y", "--pasword=hunter2"], 2, /^error: unknown option '--pasword'\n/],
] as const)("wrong use: models %j ends with %d", async (args, code, words) => {
  const { exit, stdout, stderr } = await models(args);
  expect({ exit, stdout }).toEqual({ exit: code, stdout: "" });
  expect(stderr).toMatch(words);
  expect(stderr).not.toContain("hunter2");
});

test("progress has the last part of the path, all bytes of the archive, the rate and the time that is left", async () => {
  const file = await exportModel("digits", join(folder, "out.tar"), { store: new FileModelStore(home) });
  const tar = readFileSync(file);
  const terminal = new FakeTerminal({ columns: 100 });
  const server = createServer((request, response) => {
    response.writeHead(200, { "content-length": tar.length, "accept-ranges": "none" });
    if (request.method === "HEAD") return void response.end();
    // A little more with each drawing, and the rest when there was something to be seen.
    let sent = 2048;
    response.write(tar.subarray(0, sent));
    const draw = terminal.err;
    terminal.err = (text) => {
      draw(text);
      if (sent === tar.length) return;
      const end = text.includes(" left") ? tar.length : sent + 1024;
      response.write(tar.subarray(sent, end));
      sent = end;
    };
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => void server.close());
  const url = `http://ada:hunter2@127.0.0.1:${(server.address() as AddressInfo).port}/shelf/digits%20one.tar?token=hunter2`;
  expect(await main(["--home", other, "models", "import", url], terminal)).toBe(0);
  const drawn = terminal.writes.findLast((write) => write.includes(" left"))?.replace("\r\u001B[K", "");
  expect(drawn).toMatch(/^digits one\.tar {2}\[=+ +\] {2} *\d+% {2}[\d.]+ KiB of [\d.]+ KiB {2}[\d.]+ (?:B|KiB)\/s {2}0:\d\d left$/);
  expect(terminal.stderr).not.toContain("hunter2");
  expect(await isWhole(other)).toBe("ok");
});
