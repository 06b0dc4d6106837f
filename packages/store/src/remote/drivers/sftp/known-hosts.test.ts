import { createHmac, generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { fingerprintOf, KnownHosts, nameOf, typeOf } from "./known-hosts.js";

/** A key as servers show it. */
function keyOf(type: string): Buffer {
  const der = generateKeyPairSync("ed25519").publicKey.export({ format: "der", type: "spki" });
  const parts = [Buffer.from(type), der.subarray(-32)];
  return Buffer.concat(parts.flatMap((part) => [Buffer.from([0, 0, 0, part.length]), part]));
}

const [mine, other, rsa] = [keyOf("ssh-ed25519"), keyOf("ssh-ed25519"), keyOf("ssh-rsa")];
const line = (hosts: string, key: Buffer): string => `${hosts} ${typeOf(key)} ${key.toString("base64")} a comment`;
const hashed = (name: string): string => {
  const salt = Buffer.alloc(20, 7);
  return `|1|${salt.toString("base64")}|${createHmac("sha1", salt).update(name).digest("base64")}`;
};
const judge = (text: string, host = "shelf.example", port = 22): string => new KnownHosts([text]).judge(host, port, mine);

test("a server is known by its name, patterns, port and hash", () => {
  for (const hosts of ["shelf.example", "SHELF.example,10.0.0.1", "*.example", "she?f.example", hashed("shelf.example")])
    expect(judge(`# servers\n\n${line(hosts, mine)}\n`), hosts).toBe("known");
  for (const hosts of ["[shelf.example]:2222", hashed("[shelf.example]:2222"), "shelf.example"])
    expect(judge(line(hosts, mine), "shelf.example", 2222), hosts).toBe("known");
});

test("a name beside it is not it", () => {
  const besides = [
    "elsewhere.example",
    "shelf.example.com",
    "shelf",
    "*,!shelf.example",
    "[shelf.example]:2222",
    "[shelf.example]:22",
    hashed("shelf"),
  ];
  for (const hosts of besides) expect(judge(line(hosts, mine)), hosts).toBe("unknown");
  expect(judge(line("[shelf.example]:2222", mine), "shelf.example", 2223)).toBe("unknown");
  expect(judge(line("shelf.example", other), "shelf.example", 2222)).toBe("unknown");
  for (const broken of [
    "",
    "shelf.example",
    "shelf.example ssh-ed25519",
    "shelf.example ssh-ed25519 !!!",
    `#${line("shelf.example", mine)}`,
  ])
    expect(judge(broken), broken).toBe("unknown");
});

test("another key, of the same kind or another, is a change; several may be right", () => {
  expect(judge(line("shelf.example", other))).toBe("changed");
  expect(judge(line("shelf.example", rsa))).toBe("changed");
  expect(judge([line("shelf.example", other), line("*", mine)].join("\r\n"))).toBe("known");
});

test("what is revoked stays so, and authorities are no keys of hosts", () => {
  expect(judge([line("shelf.example", mine), line("@revoked *", mine)].join("\n"))).toBe("revoked");
  expect(judge([line("shelf.example", mine), line("@revoked *", other)].join("\n"))).toBe("known");
  expect(judge(line("@revoked shelf.example", other))).toBe("unknown");
  expect(judge(line("@cert-authority *", mine))).toBe("unknown");
});

test("the kinds of keys that a server is known by are told, for the port or the host", () => {
  const known = new KnownHosts([line("shelf.example", rsa), line("[shelf.example]:2222", mine), line("@revoked *", other)]);
  expect(known.typesOf("shelf.example", 22)).toEqual(["ssh-rsa"]);
  expect(known.typesOf("shelf.example", 2222)).toEqual(["ssh-ed25519"]);
  expect(known.typesOf("shelf.example", 2223)).toEqual([]);
});

test("names and fingerprints are written as OpenSSH writes them", () => {
  expect([nameOf("Shelf", 22), nameOf("::1", 2222)]).toEqual(["shelf", "[::1]:2222"]);
  expect(fingerprintOf(mine)).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
});
