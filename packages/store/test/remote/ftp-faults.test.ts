import { setTimeout } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { FtpRemote } from "../../src/remote/drivers/ftp/ftp-remote.js";
import { contentOfBytes } from "../../src/remote/drivers/shared/remote-content.js";
import type { Remote } from "../../src/remote/remote.js";
import { KnownSecrets } from "../../src/remote/secrets.js";
import { remoteAt, text } from "./ftp-remote-at.js";
import { type Script, ScriptedFtp } from "./scripted-ftp.js";

test("a server that gives no file the name of another one is told to remove that first", async () => {
  let isThere = true;
  const kept: Buffer[] = [];
  const { remote, server } = await remoteAt((command, argument) => {
    if (command === "STOR") return { receive: (bytes) => kept.push(bytes), end: "226 Done." };
    if (command === "SIZE") return argument.includes("partial") || isThere ? "213 3" : "550 No such file";
    if (command === "DELE" && argument === "/folder/x") isThere = false;
    return command === "RNTO" && isThere ? "553 File exists" : undefined;
  });
  await remote.write("folder/x", contentOfBytes(Buffer.from("new")));
  expect(String(Buffer.concat(kept))).toBe("new");
  expect(server.commands.slice(-5)).toEqual(
    [
      expect.stringMatching(/^MDTM/),
      "DELE /folder/x",
      expect.stringMatching(/^RNFR \/folder\/\.x\.[0-9a-f]{8}\.partial$/),
      "RNTO /folder/x",
    ].toSpliced(0, 0, expect.stringMatching(/^SIZE/)),
  );
});

test.each([
  ["where the server restarts in a file", "", ["STOR", "REST 6", "STOR"]],
  ["at the file's end, where it does not", "REST", ["STOR", "REST 6", "APPE"]],
  ["from the beginning, where it does neither", "REST APPE", ["STOR", "REST 6", "APPE", "STOR"]],
])("an upload that broke goes on %s", async (_, refused, expected) => {
  let kept = Buffer.alloc(0);
  let start = 0;
  let isBroken = false;
  const { remote, server } = await remoteAt((command, argument) => {
    if (refused.includes(command) && refused !== "") return "502 Not here.";
    if (command === "SIZE") return `213 ${kept.length}`;
    if (command === "REST") start = Number(argument);
    if (command !== "STOR" && command !== "APPE") return undefined;
    const from = command === "APPE" ? kept.length : start;
    start = 0;
    const isFirst = !isBroken;
    isBroken = true;
    const receive = (bytes: Buffer): void => void (kept = Buffer.concat([kept.subarray(0, from), isFirst ? bytes.subarray(0, 6) : bytes]));
    return { receive, end: isFirst ? "426 Connection closed; transfer aborted." : "226 Done." };
  });
  await remote.write("x", contentOfBytes(Buffer.from("hello world")));
  expect(String(kept)).toBe("hello world");
  const said = server.commands.map((command) => (command.startsWith("REST") ? command : command.slice(0, 4)));
  expect(said.filter((command) => /^(STOR|APPE|REST.*)$/.test(command))).toEqual(expected);
});

test("a server that keeps less than it was given is not believed", async () => {
  const { remote, server } = await remoteAt((command) => {
    if (command === "SIZE") return "213 2";
    return command === "STOR" || command === "APPE" ? { receive: () => {}, end: "226 Done." } : undefined;
  });
  await expect(remote.write("x", contentOfBytes(Buffer.from("hello")))).rejects.toMatchObject({
    message: expect.stringContaining("2 of 5") as string,
    cause: { isTransient: true },
  });
  expect(server.commands.some((command) => command.startsWith("RNFR"))).toBe(false);
  expect(server.commands.at(-1)).toMatch(/^DELE .*\.partial$/);
});

test("why a server broke off an upload is told, and not only that it did", async () => {
  const { remote, server } = await remoteAt((command) => (command === "STOR" ? { reset: "552 Quota exceeded" } : undefined));
  await expect(remote.write("x", contentOfBytes(Buffer.alloc(32 * 1024 * 1024)))).rejects.toMatchObject({
    message: expect.stringContaining("552 Quota exceeded") as string,
    cause: { isTransient: false },
  });
  expect(server.commands.filter((command) => command.startsWith("STOR"))).toHaveLength(1);
  expect(server.commands.at(-1)).toMatch(/^DELE .*\.partial$/);
});

test("what is shorter than was promised is not all of it", async () => {
  const { remote } = await remoteAt((command) => (command === "SIZE" ? "213 9" : command === "RETR" ? { send: "hello" } : undefined));
  await expect(text(remote.read("x"))).rejects.toMatchObject({
    message: expect.stringContaining("5 of 9") as string,
    cause: { isTransient: true },
  });
});

/** A remote that gives up soon. */
async function impatient(server: ScriptedFtp, port = server.port): Promise<Remote> {
  const settings = { host: "127.0.0.1", port, tls: "none", ca: undefined, user: "a", password: "b" } as const;
  const remote = new FtpRemote({ name: "ftp://x/", settings, secrets: new KnownSecrets(), idleMs });
  onTestFinished(async () => {
    await remote[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });
  return remote;
}

const idleMs = 150;
const givenUp = { code: "BENTO_TRANSFER_FAILED", cause: { isTransient: true } };

test("a server that never greets is given up", async () => {
  const server = await ScriptedFtp.start();
  // Where it waits for data it says nothing.
  const remote = await impatient(server, server.dataPort);
  await expect(remote.stat("x")).rejects.toMatchObject(givenUp);
});

test.each([
  ["an answer", "SIZE", ""],
  ["the first word of a file", "RETR", ""],
  ["the rest of a file", "RETR", { hang: "he" }],
])("a server that owes %s for too long is given up", async (_, silent, answer) => {
  const script: Script = (command) => (command === silent ? answer : command === "SIZE" ? "213 5" : undefined);
  const remote = await impatient(await ScriptedFtp.start(script));
  await expect(text(remote.read("x"))).rejects.toMatchObject(givenUp);
});

test("a server that takes nothing for too long is given up", async () => {
  const script: Script = (command) => (command === "STOR" ? { hang: "" } : command === "SIZE" ? "550 No such file" : undefined);
  const remote = await impatient(await ScriptedFtp.start(script));
  // More than what lies between the two takes.
  await expect(remote.write("x", contentOfBytes(Buffer.alloc(32 * 1024 * 1024)))).rejects.toMatchObject(givenUp);
});

test("a reader or source that takes its time is waited for", async () => {
  const kept: Buffer[] = [];
  const sent = "x".repeat(3_000_000);
  const remote = await impatient(
    await ScriptedFtp.start((command) => {
      if (command === "SIZE") return kept.length === 0 ? `213 ${sent.length}` : "213 10";
      if (command === "STOR") return { receive: (bytes) => kept.push(bytes), end: "226 Done." };
      return command === "RETR" ? { send: sent } : undefined;
    }),
  );
  const pause = (): Promise<void> => setTimeout(2 * idleMs);
  let read = 0;
  for await (const chunk of remote.read("x")) {
    if (read === 0) await pause();
    read += chunk.length;
  }
  expect(read).toBe(sent.length);
  await remote.write("x", {
    size: 10,
    async *stream() {
      yield Buffer.from("hello");
      await pause();
      yield Buffer.from("world");
    },
  });
  expect(String(Buffer.concat(kept))).toBe("helloworld");
});
