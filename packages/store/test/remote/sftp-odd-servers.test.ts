import { describe, expect, test } from "vitest";
import { contentOf, gather, listed, someBytes } from "../../../../test/support/remote-bytes.js";
import { packetKinds, packRequest, statusCodes } from "../../src/remote/drivers/sftp/packets.js";
import { SftpClient } from "../../src/remote/drivers/sftp/sftp-client.js";
import { SftpRemote } from "../../src/remote/drivers/sftp/sftp-remote.js";
import { KnownSecrets } from "../../src/remote/secrets.js";
import { type Asked, names, OddSftp, type OddSftpOptions, status } from "../support/odd-sftp.js";

const part = 32 * 1024;

/** A remote that reaches these servers, one after the other, each when the one before broke. */
function remoteAt(servers: readonly OddSftp[], idleMs = 10_000): SftpRemote {
  const left = [...servers];
  let client: Promise<SftpClient> | undefined;
  const reach = async (): Promise<SftpClient> => {
    if (client === undefined || (await client).broken !== undefined) client = SftpClient.begin((left.shift() as OddSftp).line, idleMs);
    return client;
  };
  const aside = async (work: (client: SftpClient) => Promise<void>): Promise<void> => work(await reach());
  return new SftpRemote("sftp://odd/", { reach, aside, close: () => Promise.resolve() }, new KnownSecrets());
}

function start(options: OddSftpOptions = {}, idleMs?: number): { remote: SftpRemote; server: OddSftp } {
  const server = new OddSftp(options);
  return { server, remote: remoteAt([server], idleMs) };
}

const broken = (message: string): object => ({
  code: "BENTO_TRANSFER_FAILED",
  message: expect.stringContaining(message) as string,
  cause: { isTransient: true },
});

describe("a read", () => {
  test("is in order though the answers are not, and whole though each is short", async () => {
    const held: Buffer[] = [];
    let reads = 0;
    const file = someBytes(20 * part + 5);
    const { remote, server } = start({
      files: new Map([["/file", file]]),
      script: ({ kind, id, fields }, odd) => {
        if (kind !== packetKinds.read) return undefined;
        reads += 1;
        const [path, at, length] = [fields.text(), Number(fields.u64()), fields.u32()];
        expect([path, length <= part]).toEqual(["/file", true]);
        held.unshift(packRequest(packetKinds.data, id, [file.subarray(at, at + Math.min(length, 20_000))]));
        setImmediate(() => odd.send(Buffer.concat(held.splice(0))));
        return "nothing";
      },
    });
    expect((await gather(remote.read("file"))).equals(file)).toBe(true);
    expect(reads).toBe(41);
    await expect.poll(() => server.asked.at(-1)?.kind).toBe(packetKinds.close);
  });

  test("does not ask for more than is taken", async () => {
    const { remote, server } = start({ files: new Map([["/file", someBytes(200 * part)]]) });
    const chunks = remote.read("file");
    await chunks.next();
    const reads = server.asked.filter(({ kind }) => kind === packetKinds.read);
    expect(reads.length).toBeLessThanOrEqual(65);
    await chunks.return();
  });

  test.each([
    [
      "more than it was asked for",
      ({ id }: Asked) => packRequest(packetKinds.data, id, [someBytes(part + 1)]),
      "more than it was asked for",
    ],
    ["an end before the end", ({ id }: Asked) => status(id, statusCodes.endOfFile), "the file ended at 0 bytes"],
    ["two lengths", ({ id }: Asked) => Buffer.concat([packRequest(packetKinds.data, id, [2, 0])]), "two different lengths"],
    ["an answer to nobody", ({ id }: Asked) => status(id + 1000, statusCodes.ok), "what nobody asked"],
    ["an endless packet", () => Buffer.from([0x7f, 255, 255, 255, 103]), "does not speak SFTP"],
  ])("of a server that gives %s fails for the time being", async (_, answer, message) => {
    const { remote } = start({
      files: new Map([["/file", someBytes(part)]]),
      script: (asked) => (asked.kind === packetKinds.read ? answer(asked) : undefined),
    });
    await expect(gather(remote.read("file"))).rejects.toMatchObject(broken(message));
  });

  test("of a file that is changed meanwhile fails, for good", async () => {
    const { remote, server } = start({ files: new Map([["/file", someBytes(part * 3)]]) });
    const reading = async (): Promise<void> => {
      for await (const _ of remote.read("file")) server.time = 2;
    };
    const changed = { message: expect.stringContaining("changed while it was read") as string, cause: { isTransient: false } };
    await expect(reading()).rejects.toMatchObject(changed);
  });
});

describe("a server", () => {
  test("that is silent is given up", async () => {
    const { remote } = start({ script: () => "nothing" }, 30);
    await expect(remote.stat("file")).rejects.toMatchObject(broken("the server was silent for 0.03 s"));
  });

  test("whose shell prints something is told apart", async () => {
    const { remote, server } = start();
    server.send("Welcome to the shelf!\n");
    await expect(remote.stat("file")).rejects.toMatchObject(broken('says "Welco...": perhaps a start-up file'));
  });

  test("of another version is refused", async () => {
    await expect(start({ version: 2 }).remote.stat("file")).rejects.toMatchObject(broken("version 2"));
  });

  test.each([["a/b"], ["../x"], [""], ["a\\b"], ["a\0b"], ["a\nb"], [Buffer.from([0xff, 0xfe])]])(
    "that lists %j is not believed",
    async (name) => {
      let told = false;
      const { remote } = start({
        script: ({ kind, id }) => {
          if (kind !== packetKinds.readdir || told) return undefined;
          told = true;
          return names(id, [".", "..", "fine", name]);
        },
      });
      await expect(listed(remote, "folder")).rejects.toMatchObject({
        code: "BENTO_TRANSFER_FAILED",
        message: expect.stringContaining("not taken for a name") as string,
        cause: { isTransient: false },
      });
    },
  );

  test("that has its own word for a file in place of a folder lists nothing below it", async () => {
    const { remote } = start({
      files: new Map([["/file", Buffer.from("x")]]),
      script: ({ kind, id }) => (kind === packetKinds.opendir ? status(id, statusCodes.failure, "not a directory") : undefined),
    });
    expect(await listed(remote, "file")).toEqual(new Map());
  });

  test.each([
    [statusCodes.permissionDenied, "BENTO_FORBIDDEN", false],
    [statusCodes.connectionLost, "BENTO_TRANSFER_FAILED", true],
    [statusCodes.unsupported, "BENTO_TRANSFER_FAILED", false],
    [77, "BENTO_TRANSFER_FAILED", false],
  ])("that answers %i is quoted", async (code, expected, isTransient) => {
    const { remote } = start({ script: ({ id }) => status(id, code, "the disk is on fire") });
    const message = expect.stringMatching(/"sftp:\/\/odd\/file".*the disk is on fire/) as string;
    await expect(remote.stat("file")).rejects.toMatchObject({ code: expected, message, cause: { isTransient } });
  });
});

describe("a write", () => {
  test("goes on after the last byte before which nothing is missing, whatever came behind it", async () => {
    const files = new Map<string, Buffer>();
    const bytes = someBytes(40 * part + 7);
    let writes = 0;
    const first = new OddSftp({
      files,
      script: (asked, server) => {
        if (asked.kind !== packetKinds.write) return undefined;
        writes += 1;
        // The fourth is lost, later ones are not: a hole.
        if (writes === 4) return "nothing";
        if (writes === 12) server.break();
        return undefined;
      },
    });
    const starts: number[] = [];
    const content = contentOf(bytes);
    const remote = remoteAt([first, new OddSftp({ files })]);
    await remote.write("file", { size: bytes.length, stream: (from) => (starts.push(from), content.stream(from)) });
    expect(starts).toEqual([0, 3 * part]);
    expect([...files.keys()]).toEqual(["/file"]);
    expect(files.get("/file")?.equals(bytes)).toBe(true);
  });

  test("begins anew where the server has lost it", async () => {
    const files = new Map<string, Buffer>();
    const bytes = someBytes(20 * part);
    let writes = 0;
    const first = new OddSftp({
      files,
      script: ({ kind }, server) => {
        if (kind !== packetKinds.write || (writes += 1) < 12) return undefined;
        files.clear();
        server.break();
        return "nothing";
      },
    });
    await remoteAt([first, new OddSftp({ files })]).write("file", contentOf(bytes));
    expect(files.get("/file")?.equals(bytes)).toBe(true);
  });

  test("is through when the server has renamed the file, though nobody heard of it", async () => {
    const files = new Map<string, Buffer>();
    const first = new OddSftp({
      files,
      script: (asked, server) => {
        if (asked.kind !== packetKinds.rename) return undefined;
        server.ordinary(asked);
        server.break();
        return "nothing";
      },
    });
    const second = new OddSftp({ files });
    await remoteAt([first, second]).write("file", contentOf(Buffer.from("hello")));
    expect(String(files.get("/file"))).toBe("hello");
    expect(second.asked.some(({ kind }) => kind === packetKinds.write)).toBe(false);
  });

  test("replaces a file where the server does not rename over one", async () => {
    const { remote, server } = start({ files: new Map([["/file", Buffer.from("before")]]) });
    await remote.write("file", contentOf(Buffer.from("after")));
    expect([...server.files].map(([path, bytes]) => [path, String(bytes)])).toEqual([["/file", "after"]]);
  });

  test("that the server has not all of fails, and leaves nothing", async () => {
    const { remote, server } = start({
      files: new Map([["/file", Buffer.from("before")]]),
      script: ({ kind, id }) => (kind === packetKinds.write ? status(id, statusCodes.ok) : undefined),
    });
    await expect(remote.write("file", contentOf(Buffer.from("after")))).rejects.toMatchObject({
      message: expect.stringContaining("0 of 5 bytes") as string,
    });
    expect([...server.files.keys()]).toEqual(["/file"]);
  });
});
