import { expect, test } from "vitest";

import { SharedPort } from "./shared-port.js";

const address = { host: "127.0.0.1", port: 0 };
const app = { accessLog: true, allowedHosts: [] };

test("a port that cannot be shared is no error unless it has to be", () => {
  const port = new SharedPort({ address, app, drainTimeoutMs: 0, obstacle: "there is none." });
  expect([undefined, "pool", "in-process"].map((mode) => port.isAvailableFor(mode as "pool" | undefined))).toEqual([false, false, false]);
  expect(() => port.isAvailableFor("shared-port")).toThrow(
    expect.objectContaining({ code: "BENTO_CONFIG_INVALID", message: expect.stringContaining("there is none") }),
  );
});

test("a port that can be shared is available whatever is asked for", () => {
  const port = new SharedPort({ address, app, drainTimeoutMs: 0, obstacle: undefined });
  expect(port.isAvailableFor("shared-port")).toBe(true);
  expect(port.isOpen).toBe(false);
});
