import { inspect } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { driver } from "../../src/remote/drivers/ftp/driver.js";
import { contentOfBytes } from "../../src/remote/drivers/shared/remote-content.js";
import { locationOfUrl } from "../../src/remote/remote-location.js";
import type { Remote } from "../../src/remote/remote.js";
import { remoteAt, text } from "./ftp-remote-at.js";
import { ScriptedFtp } from "./scripted-ftp.js";

const { signal } = new AbortController();

async function paths(remote: Remote): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { path } of remote.list("")) found.push(path);
  return found;
}

test("data comes from the server itself, whatever host it names", async () => {
  const { remote, server } = await remoteAt((command) => {
    if (command === "EPSV") return "500 What?";
    // An address that answers nobody: TEST-NET-1.
    if (command === "PASV") return `227 Entering passive mode (192,0,2,1,${server.dataPort >> 8},${server.dataPort & 255}).`;
    if (command === "SIZE") return "213 5";
    return command === "RETR" ? { send: "hello" } : undefined;
  });
  expect(await text(remote.read("x"))).toBe("hello");
  expect(await text(remote.read("x"))).toBe("hello");
  // What was refused once is not asked again.
  expect(server.commands.filter((command) => command === "EPSV")).toHaveLength(1);
});

test.each(["227 Passive (1,2,3)", "227 Passive (127,0,0,1,0,0)", "229 Extended (|||0|)", "229 Extended (|||99999|)"])(
  "a port that cannot be is no port: %s",
  async (answer) => {
    const { remote } = await remoteAt((command) => {
      if (command === "SIZE") return "213 5";
      if (command === "EPSV") return answer.startsWith("229") ? answer : "500 What?";
      return command === "PASV" ? answer : undefined;
    });
    await expect(text(remote.read("x"))).rejects.toMatchObject({ code: "BENTO_TRANSFER_FAILED", cause: { isTransient: false } });
  },
);

test("no path ends a command, or leads out", async () => {
  const { remote, server } = await remoteAt();
  for (const path of ["a\r\nDELE b", "a\nb", "a\0b", "../a", "a/../b", "/a", "a/./b"]) {
    const refused = { code: "BENTO_BAD_REQUEST" };
    await expect(remote.stat(path)).rejects.toMatchObject(refused);
    await expect(text(remote.read(path))).rejects.toMatchObject(refused);
    await expect(remote.write(path, contentOfBytes(Buffer.from("x")))).rejects.toMatchObject(refused);
    await expect(remote.delete(path)).rejects.toMatchObject(refused);
    await expect(remote.list(path)[Symbol.asyncIterator]().next()).rejects.toMatchObject(refused);
  }
  expect(server.commands).toEqual([]);
});

const facts = "211-Features:\r\n MLST type*;size*;modify*;\r\n211 End";

test.each(["../x", "..", "a/b", "/etc/passwd", "a\\..\\b", "a\rb", "a\u001b[2J", ""])(
  "a listing with %j in it is refused",
  async (name) => {
    const byFacts = await remoteAt((command) => {
      if (command === "FEAT") return facts;
      return command === "MLSD" ? { send: `type=file;size=1;modify=20250101000000; good\r\ntype=file;size=1; ${name}\r\n` } : undefined;
    });
    await expect(paths(byFacts.remote)).rejects.toMatchObject({ code: "BENTO_TRANSFER_FAILED", cause: { isTransient: false } });
    // As ls writes it, the two dots are the folder above.
    if (name === "..") return;
    const likeLs = await remoteAt((command) => (command === "LIST" ? { send: `-rw-r--r-- 1 u g 1 Jan 01 10:00 ${name}\r\n` } : undefined));
    await expect(paths(likeLs.remote)).rejects.toMatchObject({ code: "BENTO_TRANSFER_FAILED", cause: { isTransient: false } });
  },
);

test("listings are read as facts, as ls and as DOS write them", async () => {
  const byFacts = await remoteAt((command, argument) => {
    if (command === "FEAT") return facts;
    if (command === "MLST")
      return `250-Listing\r\n ${argument === "/to-file" ? "Type=file;Size=7;Modify=1; " : "type=dir; "}${argument}\r\n250 End`;
    const lines = [
      "type=cdir; .",
      "type=pdir; ..",
      "Type=File;Size=3;Modify=2; a b",
      "type=OS.unix=slink:/x; to-file",
      "type=OS.unix=symlink; to-folder",
    ];
    return command === "MLSD" ? { send: lines.map((line) => `${line}\r\n`).join("") } : undefined;
  });
  const found = [];
  for await (const entry of byFacts.remote.list("")) found.push(entry);
  // A link to a folder leads who knows where.
  expect(found).toEqual([
    { kind: "file", path: "a b", size: 3, version: "3-2" },
    { kind: "file", path: "to-file", size: 7, version: "7-1" },
  ]);
  const likeLs = await remoteAt((command, argument) => {
    const lines = [
      "total 8",
      "drwxr-xr-x 2 u g 4096 Jan 01 10:00 .",
      "drwxr-xr-x 2 u g 4096 Jan 01 10:00 ..",
      "-rw-r--r--    1 u g     12 Jan  1  2024 it is  . ",
      "prw-r--r-- 1 u g 0 Jan 01 10:00 pipe",
    ];
    return command === "LIST" && argument === "-a" ? { send: lines.join("\r\n") } : undefined;
  });
  expect(await paths(likeLs.remote)).toEqual(["it is  . "]);
  const likeDos = await remoteAt((command, argument) => {
    if (command !== "LIST") return undefined;
    return argument === "" ? { send: "02-11-25  03:05PM       1332868 model.yaml\r\n" } : "501 No options here.";
  });
  expect(await paths(likeDos.remote)).toEqual(["model.yaml"]);
});

test("folders without an end are left", async () => {
  const { remote } = await remoteAt((command) =>
    command === "LIST" ? { send: "drwxr-xr-x 2 u g 4096 Jan 01 10:00 again\r\n" } : undefined,
  );
  await expect(paths(remote)).rejects.toMatchObject({ message: expect.stringContaining("no end") as string });
});

test.each([
  ["530 Login incorrect for me with pw", "PASS", "BENTO_UNAUTHORIZED", false],
  ["530 Too many users, try again later", "PASS", "BENTO_TRANSFER_FAILED", true],
  ["421 Too many connections", "USER", "BENTO_TRANSFER_FAILED", true],
  ["550 Permission denied", "STOR", "BENTO_FORBIDDEN", false],
  ["550 /x: No such file or directory", "STOR", "BENTO_NOT_FOUND", false],
  ["552 Quota exceeded", "STOR", "BENTO_TRANSFER_FAILED", false],
  ["452 No space left", "STOR", "BENTO_TRANSFER_FAILED", false],
  ["553 \u001b[31mCould not create file.", "STOR", "BENTO_TRANSFER_FAILED", false],
])("%j to %s is %s", async (answer, to, code, isTransient) => {
  const { remote, server } = await remoteAt((command) => (command === to ? answer : undefined), { password: "pw-secret" });
  // A server that is busy is asked again by whoever wants that, not in the middle of a login.
  const error: unknown = await remote.write("x", contentOfBytes(Buffer.from("x"))).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code, message: expect.stringContaining(answer.slice(0, 3)) as string, cause: { isTransient } });
  // oxlint-disable-next-line no-control-regex -- a terminal would act on it
  expect(inspect(error, { depth: 9 })).not.toMatch(/pw-secret|\x1b/);
  expect(server.commands.filter((command) => command.startsWith(to))).toHaveLength(1);
});

test("a password that a server repeats is not seen", async () => {
  const { remote } = await remoteAt((command, argument) => (command === "PASS" ? `530 ${argument} is wrong` : undefined), {
    password: "p@ss w0rd",
  });
  const error: unknown = await remote.stat("x").catch((caught: unknown) => caught);
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain("w0rd");
  expect(error).toMatchObject({ message: expect.stringContaining("530 *** is wrong") as string });
});

test("a server that knows no TLS is told nothing more", async () => {
  const server = await ScriptedFtp.start();
  onTestFinished(() => server[Symbol.asyncDispose]());
  const remote = await driver.open(locationOfUrl(`ftps://127.0.0.1:${server.port}/`, { user: "me", password: "pw" }), { signal });
  await expect(remote.stat("x")).rejects.toMatchObject({
    message: expect.stringContaining("no TLS") as string,
    cause: { isTransient: false },
  });
  await remote[Symbol.asyncDispose]();
  expect(server.commands.filter((command) => command !== "QUIT")).toEqual(["AUTH TLS"]);
});

test("what cannot be is refused before anybody is asked", async () => {
  const refused = { code: "BENTO_BAD_REQUEST" };
  for (const [url, options] of [
    ["ftp://host/", { isUntrusted: true }],
    ["ftp://host/?tls=explicit", {}],
    ["ftps://host/?tls=none", {}],
    ["ftps://host/?ca=/nowhere.pem", {}],
    ["ftp://host/", { user: "me\r\nDELE x" }],
    ["ftp://host/", { user: "me", password: "pw\nDELE x" }],
  ] as const) {
    const opening = (async () => driver.open(locationOfUrl(url, options), { signal }))();
    await expect(opening, url).rejects.toMatchObject(refused);
  }
});
