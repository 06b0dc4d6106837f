import { type Address, hostOf, parseAddress } from "@bento/store/network";
import { expect, test } from "vitest";

import { Trust } from "./trust.js";

const addressOf = (text: string): Address => {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`${text} is an address.`);
  return address;
};
const permits = (allow: readonly string[], host: string, port: number, address = host): boolean =>
  new Trust(allow).permits({ host, port, address: addressOf(address) });

test("web ports of public addresses are open, nothing else is", () => {
  expect(permits([], "8.8.8.8", 80)).toBe(true);
  expect(permits([], "example.com", 443, "8.8.8.8")).toBe(true);
  expect(permits([], "example.com", 8080, "8.8.8.8")).toBe(false);
  expect(permits([], "example.com", 22, "8.8.8.8")).toBe(false);
  expect(permits([], "10.0.0.1", 80)).toBe(false);
  expect(permits([], "example.com", 443, "127.0.0.1")).toBe(false);
});

test.each([
  ["files.internal", true, true],
  ["files.internal:8080", true, false],
  ["FILES.Internal.", true, true],
  ["files.internal:9", false, false],
  ["internal", false, false],
  ["10.1.0.0/16", true, true],
  ["10.1.2.3", true, true],
  ["10.1.2.3:8080", true, false],
  ["0x0a010203", true, true],
  ["10.2.0.0/16", false, false],
  ["::ffff:10.1.2.3", false, false],
  ["::/0", false, false],
])("%s opens files.internal, which is 10.1.2.3, at 8080: %s, at 22: %s", (entry, at8080, at22) => {
  expect(permits([entry], "files.internal", 8080, "10.1.2.3")).toBe(at8080);
  expect(permits(["other.internal", entry], "files.internal", 22, "10.1.2.3")).toBe(at22);
});

test.each([
  ["[fd00::1]:81", true],
  ["fd00::1", true],
  ["[fd00::1]", true],
  ["fd00::/8", true],
  ["[fd00::1]:82", false],
])("%s opens [fd00::1]:81: %s", (entry, isOpen) => {
  expect(permits([entry], hostOf(new URL("http://[FD00:0::1]:81")), 81)).toBe(isOpen);
});

test.each(["", "*", "*.internal", "https://files.internal", "files.internal/x", "a b", "user@host", "host:0", "host:65536", "host:x"])(
  "%j is no entry",
  (entry) => {
    expect(() => new Trust([entry])).toThrow(`The option urlInputs.allow holds ${JSON.stringify(entry)}.`);
  },
);

test("what is no text is no entry either, and the error says what is", () => {
  for (const entry of [7, null, {}, ["10.0.0.1"]]) {
    const make = (): Trust => new Trust([entry as unknown as string]);
    expect(make, JSON.stringify(entry)).toThrow(
      expect.objectContaining({ code: "BENTO_CONFIG_INVALID", hint: expect.stringContaining("files.internal:8080") as string }),
    );
  }
});

test.each(["10.1.0.1/16", "10.0.0.0/40", "fe80::1%eth0"])("%j is neither host nor range", (entry) => {
  expect(() => new Trust([entry])).toThrow(JSON.stringify(entry));
});
