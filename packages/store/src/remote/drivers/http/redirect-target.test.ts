import { expect, test } from "vitest";
import { KnownSecrets } from "../../secrets.js";
import { Asking } from "./asking.js";
import { redirectTarget } from "./redirect-target.js";

const from = (base: string, location: string): string =>
  redirectTarget(location, new URL(base), new Asking("read", "https://a/x", new KnownSecrets())).href;

test.each([
  ["http://a/b/c?d", "../x", "http://a/x"],
  ["http://a/", "//b/x", "http://b/x"],
  ["http://a/", "https://a/x", "https://a/x"],
  ["https://a/", "https://b/x", "https://b/x"],
  ["http://a/", "http://user:secret@b/x#part", "http://b/x"],
])("from %s, %s leads to %s", (base, location, target) => {
  expect(from(base, location)).toBe(target);
});

test.each([
  ["https://a/", "http://a/x", "redirects from https to http"],
  ["http://a/", "ftp://a/x", "no URL of http or https"],
  ["http://a/", "file:///etc/passwd", "no URL of http or https"],
  ["http://a/", "http://", "no URL of http or https"],
])("from %s, nobody is led to %s", (base, location, why) => {
  expect(() => from(base, location)).toThrow(why);
});
