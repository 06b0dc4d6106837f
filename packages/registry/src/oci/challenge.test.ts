import { expect, test } from "vitest";
import { parseChallenge } from "./challenge.js";

const bearer = (realm: string): string => `Bearer realm="${realm}",service="registry",scope="repository:a:pull"`;

test.each([
  ["https://registry.example.com", "https://registry.example.com/token"],
  ["https://registry.example.com", "https://auth.example.com/token"],
  ["https://registry.example.com", "https://example.com/jwt/auth"],
  ["https://registry-1.docker.io", "https://auth.docker.io/token"],
  ["http://127.0.0.1:5000", "http://127.0.0.1:5001/token"],
  ["https://10.0.0.1", "https://10.0.0.1/token"],
])("%s may have tokens given at %s", (origin, realm) => {
  const challenge = parseChallenge(bearer(realm), origin);
  expect(challenge).toMatchObject({ scheme: "bearer", service: "registry", scope: "repository:a:pull" });
  expect(challenge).toHaveProperty("realm.href", realm);
});

test.each([
  ["https://registry.example.com", "https://evil.com/token", "another's"],
  ["https://registry.example.com", "https://example.com.evil.com/token", "another's"],
  ["https://registry.example.com", "https://notexample.com/token", "another's"],
  ["https://registry.example.com", "http://registry.example.com/token", "not encrypted"],
  ["https://registry.example.com", "http://169.254.169.254/latest/meta-data", "not encrypted"],
  ["https://registry.example.com", "https://169.254.169.254/latest", "another's"],
  ["https://registry.example.com", "https://[::1]/token", "another's"],
  ["https://10.0.0.1", "https://10.0.0.2/token", "another's"],
  ["https://registry.co.uk", "https://evil.co.uk/token", "another's"],
  ["https://mine.github.io", "https://evil.github.io/token", "another's"],
  ["https://mine.s3.amazonaws.com", "https://evil.amazonaws.com/token", "another's"],
  ["https://registry.example.com", "https://user:word@registry.example.com/token", "credentials"],
  ["https://registry.example.com", "file:///etc/passwd", "not encrypted"],
  ["http://127.0.0.1:5000", "http://192.168.0.1/token", "not encrypted"],
])("%s may not have tokens given at %s", (origin, realm, why) => {
  expect(() => parseChallenge(bearer(realm), origin)).toThrow(why);
  expect(() => parseChallenge(bearer(realm), origin)).toThrow(expect.objectContaining({ code: "BENTO_REGISTRY_FAILED" }));
});

test("another host gives tokens where it was named", () => {
  const header = bearer("https://tokens.other.com/token");
  expect(() => parseChallenge(header, "https://registry.example.com", ["other.com"])).toThrow("another's");
  expect(parseChallenge(header, "https://registry.example.com", ["tokens.other.com"])).toMatchObject({ scheme: "bearer" });
});

test("a name and a password are asked for, and everything else is refused", () => {
  expect(parseChallenge('Basic realm="x"', "https://registry.example.com")).toEqual({ scheme: "basic" });
  for (const header of ["", "Negotiate", "Bearer", 'Bearer realm="not a URL"']) {
    expect(() => parseChallenge(header, "https://registry.example.com")).toThrow("not known here");
  }
});
