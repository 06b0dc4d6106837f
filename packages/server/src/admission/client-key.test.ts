import { expect, test } from "vitest";

import { clientKeyOf, networkOf } from "./client-key.js";

test.each([
  ["127.0.0.1", "127.0.0.1"],
  ["::ffff:10.1.2.3", "10.1.2.3"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
  ["2001:db8:1:2::1", "2001:db8:1:2"],
  ["2001:0db8:0001:0002::ffff", "2001:db8:1:2"],
  ["2001:db8::1", "2001:db8:0:0"],
  ["::1", "0:0:0:0"],
  ["fe80::1%eth0", "fe80:0:0:0"],
  ["", ""],
])("the address %s is of the client %s", (address, client) => {
  expect(networkOf(address)).toBe(client);
});

const caller = (headers: Record<string, string>, id?: string) => ({
  identity: id === undefined ? undefined : { id },
  incoming: { remote: "10.0.0.1", header: (name: string) => headers[name] },
});

test("a client is an identity, the value of a header, or an address", () => {
  expect(clientKeyOf("identity")(caller({}, "alice"))).toBe("alice");
  expect(clientKeyOf("identity")(caller({}))).toBe("");
  expect(clientKeyOf({ header: "x-tenant" })(caller({ "x-tenant": "acme" }))).toBe("acme");
  expect(clientKeyOf({ header: "x-tenant" })(caller({}))).toBe("");
  expect(clientKeyOf("address")(caller({}))).toBe("10.0.0.1");
  expect(clientKeyOf(undefined)(caller({}, "alice"))).toBe("");
});

test("a long key is kept short, and still another one than others that begin alike", () => {
  const key = clientKeyOf({ header: "x-tenant" });
  const long = "a".repeat(10_000);
  expect(key(caller({ "x-tenant": long })).length).toBeLessThan(64);
  expect(key(caller({ "x-tenant": long }))).toBe(key(caller({ "x-tenant": long })));
  expect(key(caller({ "x-tenant": long }))).not.toBe(key(caller({ "x-tenant": `${long}b` })));
});
