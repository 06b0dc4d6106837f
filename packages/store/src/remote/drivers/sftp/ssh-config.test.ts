import { expect, test } from "vitest";
import { isLike, matchesPatterns, readSshConfig, type SshConfig } from "./ssh-config.js";

function read(
  text: string,
  { host = "shelf", user, files = {} }: { host?: string; user?: string; files?: Record<string, string> } = {},
): SshConfig {
  const include = (pattern: string): { file: string; text: string }[] =>
    files[pattern] === undefined ? [] : [{ file: pattern, text: files[pattern] }];
  return readSshConfig([{ file: "config", text }], { host, user, localUser: "me", include });
}

test("the first word on each thing counts, files of keys are gathered", () => {
  const { values, identityFiles } = read(
    "User one\nHost shelf\n  User two\n  Port 2222\n  IdentityFile a\nHost *\n  Port 1\n  IdentityFile b\n",
  );
  expect([values.get("user"), values.get("port"), identityFiles]).toEqual([["one"], ["2222"], ["a", "b"]]);
});

test("a line may be quoted, commented and have a =", () => {
  const text = [
    "# Host nobody",
    `host = "shelf"  other # and more`,
    "\tHostName=10.0.0.1",
    `  USER  "some body"`,
    `  UserKnownHostsFile "a b" c\\ d`,
    "",
    "  Port 22#2",
  ].join("\r\n");
  const { values } = read(text);
  expect(Object.fromEntries(values)).toEqual({
    hostname: ["10.0.0.1"],
    user: ["some body"],
    userknownhostsfile: ["a b", "c d"],
    port: ["22#2"],
  });
});

test("blocks apply to their hosts alone", () => {
  const ports = (text: string, host: string): string | undefined => read(text, { host }).values.get("port")?.[0];
  expect(ports("Host *.example !no.example\nPort 1", "yes.example")).toBe("1");
  expect(ports("Host *.example !no.example\nPort 1", "no.example")).toBeUndefined();
  expect(ports("Host a b\nPort 1\nHost c\nPort 2", "c")).toBe("2");
  expect(ports("Match host *.real\nPort 1", "shelf")).toBeUndefined();
  expect(ports("HostName shelf.real\nMatch host *.real originalhost shelf\nPort 1", "shelf")).toBe("1");
  expect(ports("Match !host shelf\nPort 1\nMatch all\nPort 2", "shelf")).toBe("2");
  // What would have to be run to be known, does not apply.
  expect(ports(`Match exec "true"\nPort 1`, "shelf")).toBeUndefined();
});

test("blocks may ask for users", () => {
  const text = "Match user root\nPort 1\nMatch user me localuser me\nPort 2\n";
  expect(read(text, { user: "root" }).values.get("port")).toEqual(["1"]);
  expect(read(text).values.get("port")).toEqual(["2"]);
});

test("files are included where they are named, within the block that names them", () => {
  const files = { more: "User included\nHost other\nPort 1\nHost shelf\nPort 3\n" };
  expect(Object.fromEntries(read("Include more\nPort 9\nUser late", { files }).values)).toEqual({ user: ["included"], port: ["3"] });
  expect(Object.fromEntries(read("Host nobody\nInclude more\nHost *\nPort 9", { files }).values)).toEqual({ port: ["9"] });
  expect(() => read("Include self", { files: { self: "Include self" } })).toThrow(/include each other/);
});

test.each([
  ['User "me', "a quote has no end"],
  ["Port", `"Port" says nothing`],
  ["=x", "no keyword"],
  ["Match host", "says nothing"],
])("%j is no configuration", (line, why) => {
  expect(() => read(`User me\n${line}\n`)).toThrow(
    expect.objectContaining({ code: "BENTO_CONFIG_INVALID", message: expect.stringContaining(why) }),
  );
  expect(() => read(`User me\n${line}\n`)).toThrow(/"config".* line 2/);
});

test("patterns know * and ?, take no letter for another, and are fast", () => {
  expect(["*", "a*c", "a??", "***", "*b*"].every((pattern) => isLike("abc", pattern))).toBe(true);
  expect(["", "a", "a?", "*d", "a.c", "[a]bc"].some((pattern) => isLike("abc", pattern))).toBe(false);
  expect(matchesPatterns("ABC", ["a*"])).toBe(true);
  const began = performance.now();
  expect(isLike("a".repeat(3000), `${"a*".repeat(200)}b`)).toBe(false);
  expect(performance.now() - began).toBeLessThan(1000);
});
