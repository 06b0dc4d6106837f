import { expect, test } from "vitest";
import { parseAddress } from "./address.js";
import { hostOf, isPublicPlace, portOf } from "./public-place.js";

test.each([
  ["8.8.8.8", 80, true],
  ["8.8.8.8", 443, true],
  ["8.8.8.8", 8080, false],
  ["8.8.8.8", 22, false],
  ["10.0.0.1", 80, false],
  ["127.0.0.1", 443, false],
  ["::1", 443, false],
])("that anybody may ask %s at port %i: %s", (text, port, isPublic) => {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`${text} is an address.`);
  expect(isPublicPlace({ host: "example.com", port, address })).toBe(isPublic);
});

test.each([
  ["http://a", 80],
  ["https://a", 443],
  ["https://a:8443", 8443],
])("the port of %s is %i", (url, port) => {
  expect(portOf(new URL(url))).toBe(port);
});

test.each([
  ["http://[FD00:0::1]:81/", "fd00::1"],
  ["http://Example.COM./", "example.com"],
  ["http://0x7f.1/", "127.0.0.1"],
])("the host of %s is %s", (url, host) => {
  expect(hostOf(new URL(url))).toBe(host);
});
