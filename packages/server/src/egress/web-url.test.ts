import { expect, test } from "vitest";

import { fileNameOf, parseWebUrl } from "./web-url.js";

test.each([
  "ftp://example.com/x",
  "file:///etc/passwd",
  "data:text/plain,x",
  "javascript:alert(1)",
  "gopher://example.com",
  "//example.com/x",
  "/x",
  "x",
  "",
  "http://",
  "https://user@example.com",
  "https://user:secret@example.com",
  "https://:secret@example.com",
  "http://exa mple.com",
  "http://example.com\\@10.0.0.1",
  "http:\\\\example.com",
  "http://example.com\t/",
  "http://example.com/\r\nHost: other",
  "\u0000http://example.com",
  "http://[fe80::1%eth0]/",
  "http://[fe80::1%25eth0]/",
  "http://1.2.3.4.5/",
  "http://0x100000000/",
  `http://example.com/${"x".repeat(8192)}`,
])("%j is not fetched", (text) => {
  expect(parseWebUrl(text)).toBeUndefined();
});

test("a redirect may be relative, and is judged like any other URL", () => {
  const base = new URL("https://example.com/a/b");
  expect(parseWebUrl("../c?d", base)?.href).toBe("https://example.com/c?d");
  expect(parseWebUrl("//10.0.0.1/", base)?.href).toBe("https://10.0.0.1/");
  expect(parseWebUrl("file:///etc/passwd", base)).toBeUndefined();
  expect(parseWebUrl("https://a:b@example.com/", base)).toBeUndefined();
});

test.each([
  ["http://a/cats/tom.png?size=1#x", "tom.png"],
  ["http://a/t%C3%B6m.png", "töm.png"],
  ["http://a/%ff.png", "%ff.png"],
  ["http://a/x%2F..%2Fetc%2Fpasswd", "passwd"],
  ["http://a/c%5Cboot.ini", "boot.ini"],
  ["http://a/a%00b%0d.txt", "ab.txt"],
  ["http://a/%2e%2e%2f..", undefined],
  ["http://a/x%2F..", undefined],
  ["http://a/", undefined],
  ["http://a", undefined],
])("the file of %s is called %s", (url, name) => {
  expect(fileNameOf(new URL(url))).toBe(name);
});
