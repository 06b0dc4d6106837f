import { BentoError } from "@bento/core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { proxyOf } from "./proxy.js";

beforeEach(() => {
  for (const name of ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"])
    for (const spelling of [name, name.toLowerCase()]) vi.stubEnv(spelling, undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const proxyFor = (url: string, env: Readonly<Record<string, string>>): string | undefined => {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  return proxyOf(new URL(url))?.href;
};

test.each([
  ["https://a.example/x", { HTTPS_PROXY: "http://p.example:3128" }, "http://p.example:3128/"],
  ["https://a.example/x", { HTTPS_PROXY: "https://ann:pw@p.example" }, "https://ann:pw@p.example/"],
  ["https://a.example/x", { https_proxy: "http://low:1", HTTPS_PROXY: "http://up:1" }, "http://low:1/"],
  ["https://a.example/x", { HTTP_PROXY: "http://p:1" }, undefined],
  ["http://a.example/x", { HTTP_PROXY: "http://p:1" }, "http://p:1/"],
  ["http://a.example/x", { ALL_PROXY: "http://p:1" }, "http://p:1/"],
  ["https://a.example/x", { HTTPS_PROXY: "p.example:3128" }, "http://p.example:3128/"],
  ["https://a.example/x", { HTTPS_PROXY: "" }, undefined],
  ["https://a.example/x", { HTTPS_PROXY: "http://p:1", NO_PROXY: "b.example,a.example" }, undefined],
  ["https://in.a.example/x", { HTTPS_PROXY: "http://p:1", NO_PROXY: ".a.example" }, undefined],
  ["https://a.example/x", { HTTPS_PROXY: "http://p:1", NO_PROXY: "*" }, undefined],
  ["https://a.example:8443/x", { HTTPS_PROXY: "http://p:1", NO_PROXY: "a.example:443" }, "http://p:1/"],
])("for %s with %j it is %s", (url, env, expected) => {
  expect(proxyFor(url, env)).toBe(expected);
});

test.each(["localhost:1", "db.localhost", "127.0.0.1:3000", "127.9.9.9", "[::1]:8080"])("this machine is asked directly: %s", (host) => {
  expect(proxyFor(`http://${host}/`, { HTTP_PROXY: "http://p:1" })).toBeUndefined();
});

test.each(["socks5://ann:s3cret@p:1080", "http://", "http://ann:s3cret@p:99999"])("%s is refused, and not shown", (value) => {
  const error = catching(() => proxyFor("https://a.example/", { HTTPS_PROXY: value }));
  expect(BentoError.is(error, "BENTO_CONFIG_INVALID")).toBe(true);
  expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain("s3cret");
});

function catching(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}
