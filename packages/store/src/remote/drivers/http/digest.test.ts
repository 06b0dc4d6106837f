import { expect, test } from "vitest";
import { PasswordAuthorization } from "./authorization.js";
import { parseChallenges } from "./challenges.js";
import { Digest } from "./digest.js";

const nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
const offer = (algorithm: string, quality = 'qop="auth, auth-int", '): string =>
  `Digest realm="http-auth@example.org", ${quality}${algorithm}nonce="${nonce}", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`;
const login = { user: "Mufasa", password: "Circle of Life" };

// What RFC 7616 3.9.1 shows; where no algorithm is named, it is MD5.
test.each([
  ["algorithm=MD5, ", undefined, "8ca523f5e9506fed4657c9700eebdbec"],
  ["algorithm=SHA-256, ", undefined, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"],
  ["", undefined, "8ca523f5e9506fed4657c9700eebdbec"],
])("the proof for %j is that of the standard", (algorithm, quality, response) => {
  const digest = Digest.of(parseChallenges(offer(algorithm, quality)));
  const header = digest?.header(login, "GET", "/dir/index.html", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ");
  expect(header).toContain(`response="${response}"`);
  expect(header).toContain("nc=00000001");
});

test("each request counts on, and the best of several offers is taken", () => {
  const both = parseChallenges(`Negotiate, ${offer("algorithm=MD5, ")}, Basic realm="x", ${offer("algorithm=SHA-256, ")}`);
  expect(both.map(({ scheme }) => scheme)).toEqual(["negotiate", "digest", "basic", "digest"]);
  const digest = Digest.of(both);
  expect(digest?.header(login, "GET", "/")).toContain("algorithm=SHA-256, qop=auth, nc=00000001");
  expect(digest?.header(login, "GET", "/")).toContain("nc=00000002");
  expect(Digest.of(parseChallenges(offer("algorithm=SHA-512-256, ")))).toBeUndefined();
  expect(Digest.of(parseChallenges(offer("", 'qop="auth-int", ')))).toBeUndefined();
});

test("texts in quotes keep what is escaped in them, and nobody leads out of them", () => {
  const [challenge] = parseChallenges(String.raw`Digest realm="a \"b\" \\", nonce=n, stale=TRUE`);
  expect(Object.fromEntries(challenge?.params ?? [])).toEqual({ realm: String.raw`a "b" \ `.trim(), nonce: "n", stale: "TRUE" });
  const header = Digest.of(parseChallenges("Digest nonce=n"))?.header({ user: 'me", realm="x', password: "p" }, "GET", "/");
  expect(header).toContain(String.raw`username="me\", realm=\"x"`);
});

test("a password is sent in the open only when that is asked for, and a digest is preferred", () => {
  const url = new URL("http://a/x?y=z");
  const basic = "Basic TXVmYXNhOkNpcmNsZSBvZiBMaWZl";
  expect(new PasswordAuthorization(login, true).header("GET", url)).toBe(basic);
  const open = new PasswordAuthorization(login, false);
  expect(open.header("GET", url)).toBeUndefined();
  expect(open.challenged('Basic realm="x"', undefined)).toBe(true);
  expect(open.header("GET", url)).toBe(basic);
  expect(open.challenged('Basic realm="x"', basic)).toBe(false);
  const either = new PasswordAuthorization(login, false);
  expect(either.challenged(`Basic realm="x", ${offer("")}`, undefined)).toBe(true);
  const first = either.header("GET", url);
  expect(first).toMatch(/^Digest .*uri="\/x\?y=z"/);
  // The same again is a wrong password; another nonce, or one that is too old, is not.
  expect(either.challenged(offer(""), first)).toBe(false);
  expect(either.challenged(offer("stale=true, "), first)).toBe(true);
});
