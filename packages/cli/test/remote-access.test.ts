import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { BentoError } from "@bento/core";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { placeLabel, type RemoteAccess, withAccess } from "../src/actions/remote-access.js";
import { temporaryFolder } from "./bento.js";
import { FakeTerminal } from "./fake-terminal.js";

const refused = new BentoError("BENTO_UNAUTHORIZED", "Who are you?");

/** With which passwords a place is tried. It takes none but `right`, where that is given. */
async function tried(terminal: FakeTerminal, place: string, access: RemoteAccess, right?: string) {
  const passwords: (string | undefined)[] = [];
  await withAccess(terminal, { place, access }, async ({ password }) => {
    passwords.push(password);
    if (right !== undefined && password !== right) throw refused;
  });
  return passwords;
}

describe("the password", () => {
  const place = "ftp://host/x.zip";

  test("is the option's, else the file's first line, else that of stdin or the environment", async () => {
    using folder = temporaryFolder();
    const passwordFile = join(folder.path, "key");
    writeFileSync(passwordFile, "from file\r\nmore\n");
    vi.stubEnv("BENTO_REMOTE_PASSWORD", "from environment");
    const terminal = new FakeTerminal({ answers: ["from stdin"] });
    expect(await tried(terminal, place, { password: "" })).toEqual([""]);
    expect(await tried(terminal, place, { passwordFile })).toEqual(["from file"]);
    expect(await tried(terminal, place, { passwordFile: "-" })).toEqual(["from stdin"]);
    expect(await tried(terminal, place, { user: "ada" })).toEqual(["from environment"]);
    expect(await tried(terminal, "ftp://ada@host/x.zip", {})).toEqual(["from environment"]);
  });

  test("of the environment goes to no stranger, no file, nowhere without a user, nowhere that has one in its URL", async () => {
    vi.stubEnv("BENTO_REMOTE_PASSWORD", "hunter2");
    const terminal = new FakeTerminal();
    expect(await tried(terminal, place, {})).toEqual([undefined]);
    expect(await tried(terminal, place, { user: "ada", untrusted: true })).toEqual([undefined]);
    expect(await tried(terminal, "ftp://ada:own@host/x.zip", {})).toEqual([undefined]);
    expect(await tried(terminal, "./x.zip", {})).toEqual([undefined]);
  });

  test("is asked for where it is wanted, of who said who they are, once", async () => {
    const terminal = new FakeTerminal({ secret: "right" });
    expect(await tried(terminal, place, { user: "ada" }, "right")).toEqual([undefined, "right"]);
    expect(await tried(terminal, "ftp://b%6Fb@host/x.zip", {}, "right")).toEqual([undefined, "right"]);
    expect(terminal.stderr).toBe("Password of ada: Password of bob: ");
    await expect(tried(new FakeTerminal({ secret: "wrong" }), place, { user: "ada" }, "right")).rejects.toBe(refused);
  });

  test.each<[string, string, RemoteAccess]>([
    ["without a user", place, {}],
    ["with a password that was wrong", place, { user: "ada", password: "wrong" }],
    ["with one in the URL that was wrong", "ftp://ada:wrong@host/x.zip", {}],
  ])("is not asked for %s", async (_, at, access) => {
    const terminal = new FakeTerminal({ secret: "right" });
    await expect(tried(terminal, at, access, "right")).rejects.toBe(refused);
    expect(terminal.stderr).toBe("");
  });

  test("is not asked for where nobody can answer", async () => {
    await expect(tried(new FakeTerminal(), place, { user: "ada" }, "right")).rejects.toBe(refused);
    await expect(tried(new FakeTerminal(), place, { askPassword: true })).rejects.toMatchObject({ code: "BENTO_BAD_REQUEST" });
  });

  test("is asked for before anything is tried with --ask-password", async () => {
    expect(await tried(new FakeTerminal({ secret: "right" }), place, { askPassword: true }, "right")).toEqual(["right"]);
  });

  test.each<[RemoteAccess, RegExp]>([
    [{ passwordFile: "/nowhere/key" }, /"\/nowhere\/key" cannot be read/],
    [{ passwordFile: "-" }, /no password on stdin/],
  ])("that is not where it was said to be is an error: %j", async (access, message) => {
    await expect(tried(new FakeTerminal(), place, access)).rejects.toMatchObject({ message: expect.stringMatching(message) });
  });

  test("is refused for files", async () => {
    for (const access of [{ passwordFile: "key" }, { askPassword: true }, { untrusted: true }] as const)
      await expect(tried(new FakeTerminal(), "./x.zip", access)).rejects.toMatchObject({ code: "BENTO_BAD_REQUEST" });
  });
});

test.each([
  ["./out/x.zip", {}, "x.zip"],
  ["/out/x 100%.zip", {}, "x 100%.zip"],
  ["s3://bucket/a/x%20y.zip?token=hunter2#hunter2", {}, "x y.zip"],
  ["s3://bucket/models/", {}, "models"],
  ["ftp://ada:hunter2@host", {}, "host"],
  ["ftp://ada:hun/ter2@host/", {}, "host"],
  ["https://host/100%.zip", {}, "100%.zip"],
  ["bucket", { protocol: "s3", subpath: "a/x.zip" }, "x.zip"],
])("the label of %s with %j is %s", (place, access, label) => {
  expect(placeLabel(place, access)).toBe(label);
});

test("a password that does not come out right is cancelled with the question", async () => {
  const terminal = new FakeTerminal();
  const cancelled = new BentoError("BENTO_CANCELLED", "no answer");
  const spy = vi.spyOn(terminal, "readSecret").mockRejectedValue(cancelled);
  onTestFinished(() => spy.mockRestore());
  await expect(tried(terminal, "ftp://host/x", { user: "ada" }, "right")).rejects.toBe(cancelled);
});
