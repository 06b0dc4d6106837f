import { relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { errorOf } from "../../test/model-store-contract.js";
import { isRemotePlace, localPath, type LocationOptions } from "./location.js";

describe("a place on this machine", () => {
  test.each([
    ["/d/x", "/d/x"],
    ["x/y", "x/y"],
    ["./x/", "./x/"],
    ["", ""],
    ["~/x", "~/x"],
    ["/d/a b%20c?d#e", "/d/a b%20c?d#e"],
    ["file:/d/x", "file:/d/x"],
    ["file:///d/u", "/d/u"],
    ["FILE:///d/u/", "/d/u/"],
    ["file://localhost/d/u", "/d/u"],
    ["file:///d/a%20b%25%3F%23%C3%A9", "/d/a b%?#é"],
    ["file:///d/a b", "/d/a b"],
    ["osfs:///d/u", "/d/u"],
    ["osfs://d/a%20b", "d/a b"],
    ["osfs://./d", "./d"],
    ["zip:///d/u.zip", "/d/u.zip"],
    ["tar:///d/u.tar", "/d/u.tar"],
  ])("%s", (given, path) => {
    expect(localPath(given)).toBe(path);
  });

  test("as a URL object", () => {
    expect(localPath(new URL("file:///d/a%20b"))).toBe("/d/a b");
  });

  test.each([
    ["/d", "s", "/d/s"],
    ["/d/", "s", "/d/s"],
    ["/d", "/s/t", "/d/s/t"],
    ["/d", "", "/d/"],
    ["", "s", "s"],
  ])("%s with the subpath %j", (given, subpath, path) => {
    expect(localPath(given, { subpath, protocol: "file" })).toBe(path);
  });

  test("any absolute path survives as a URL", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: "grapheme", minLength: 1 }).filter((part) => !/[/\0\ud800-\udfff\\]/u.test(part))),
        (parts) => {
          const path = resolve("/", ...parts);
          expect(localPath(pathToFileURL(path).href)).toBe(path);
          // Plain paths with :// are URLs to BentoML too.
          if (!path.includes("://")) expect(localPath(path)).toBe(path);
          if (!relative("/", path).includes("://")) expect(localPath(relative("/", path))).toBe(relative("/", path));
        },
      ),
    );
  });
});

describe("what is no place on this machine is refused", () => {
  test.each([
    ["s3://key:secret@bucket/prefix", '"s3://"'],
    ["https://user:secret@host/x", '"https://"'],
    ["file://host/d/x", "file://host/d/x"],
    ["file:///d/x?a=b", "query"],
    ["file:///d/x#a", "fragment"],
    ["file:///d/%zz", "%zz"],
    ["osfs://d/%zz", "%zz"],
    ["file:///d/a%2Fb", "%2F"],
    ["file:///d/a%00b", "NUL"],
    ["/d/a\0b", "NUL"],
    ["://x", '"://"'],
  ])("%s", async (given, named) => {
    const error = await errorOf(() => localPath(given));
    expect(error.code).toBe("BENTO_BAD_REQUEST");
    expect(error.message).toContain(named);
    expect(`${error.message}${error.hint}`).not.toContain("secret");
  });

  test.each([undefined, null, 7, {}])("%j", async (given) => {
    expect((await errorOf(() => localPath(given as never))).code).toBe("BENTO_BAD_REQUEST");
  });

  test.each(["protocol", "user", "password", "subpath"])("a URL together with %s, even empty", async (option) => {
    const error = await errorOf(() => localPath("file:///d/x", { [option]: "" }));
    expect(error).toMatchObject({ code: "BENTO_BAD_REQUEST", hint: "Put them into the URL." });
  });

  test("credentials and params of a file, which Python glues into its path", async () => {
    for (const options of [{ user: "u" }, { password: "p" }, { params: { a: "b c" } }]) {
      expect((await errorOf(() => localPath("/d/p", options))).message).toContain("neither user nor password nor params");
    }
  });

  test("other protocols", async () => {
    expect((await errorOf(() => localPath("bucket/x", { protocol: "s3" }))).message).toContain('"s3://"');
  });
});

test.each<[string | URL, LocationOptions, boolean]>([
  ["s3://bucket/x", {}, true],
  ["S3://bucket/x", {}, true],
  [new URL("https://host/x"), {}, true],
  ["unheard-of://x", {}, true],
  ["bucket/x", { protocol: "s3" }, true],
  ["file:///d/x", {}, false],
  ["FILE:///d/x", {}, false],
  ["zip:///d/x.zip", {}, false],
  [new URL("file:///d/x"), {}, false],
  ["/d/x", { protocol: "file" }, false],
  ["/d/x", { protocol: "FILE" }, false],
  ["s3:/bucket/x", {}, false],
  ["/d/s3", { user: "u" }, false],
])("%s with %j is elsewhere: %j", (given, options, isElsewhere) => {
  expect(isRemotePlace(given, options)).toBe(isElsewhere);
});
