import { once } from "node:events";
import { createServer, request } from "node:http";
import { request as requestSecure } from "node:https";
import { type AddressInfo, createServer as createPlainServer, type Socket } from "node:net";
import { expect, onTestFinished, test, vi } from "vitest";
import { Routes } from "./routes.js";

function underProxy(port: number): void {
  for (const name of ["HTTPS_PROXY", "HTTP_PROXY"]) {
    vi.stubEnv(name.toLowerCase(), undefined);
    vi.stubEnv(name, `http://ann:p%40ss@127.0.0.1:${port}`);
  }
  for (const name of ["NO_PROXY", "no_proxy"]) vi.stubEnv(name, undefined);
  onTestFinished(() => void vi.unstubAllEnvs());
}

test("a proxy is asked for the whole URL, whose host no path can change, by who is known to it", async () => {
  const proxy = createServer(({ url, headers }, answer) =>
    answer.end(JSON.stringify({ url, host: headers.host, who: headers["proxy-authorization"] })),
  );
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void proxy.close());
  underProxy((proxy.address() as AddressInfo).port);
  const routes = new Routes();
  onTestFinished(() => routes.close());
  const url = new URL("http://files.example:8080//other.example/x%20y?z=1#part");
  const { headers, ...way } = await routes.to(url);
  const [answer] = (await once(request({ ...way, headers: { host: url.host, ...headers } }).end(), "response")) as [AsyncIterable<Buffer>];
  let text = "";
  for await (const chunk of answer) text += chunk.toString();
  expect(JSON.parse(text)).toEqual({
    url: "http://files.example:8080//other.example/x%20y?z=1",
    host: "files.example:8080",
    who: `Basic ${Buffer.from("ann:p@ss").toString("base64")}`,
  });
});

test("a proxy that never answers holds nothing any more once the routes are closed", async () => {
  const silent = createPlainServer();
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void silent.close());
  underProxy((silent.address() as AddressInfo).port);
  const routes = new Routes();
  const { headers: _, ...way } = await routes.to(new URL("https://files.example/x"));
  const asked = requestSecure(way).on("error", () => {});
  const closed = new Promise((resolve) => asked.once("close", resolve));
  asked.end();
  const [socket] = (await once(silent, "connection")) as [Socket];
  const [head] = (await once(socket.setEncoding("latin1"), "data")) as [string];
  expect(head).toMatch(/^CONNECT files\.example:443 HTTP\/1\.1\r\n/);
  const gone = once(
    socket.on("error", () => {}),
    "close",
  );
  routes.close();
  await Promise.all([gone, closed]);
});

test("without a proxy the server itself is asked, on connections that are kept", async () => {
  for (const name of ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "https_proxy", "http_proxy", "all_proxy"]) vi.stubEnv(name, undefined);
  onTestFinished(() => void vi.unstubAllEnvs());
  const routes = new Routes();
  const way = await routes.to(new URL("https://[2001:db8::1]:8443/a?b"));
  expect(way).toMatchObject({ protocol: "https:", host: "2001:db8::1", port: 8443, path: "/a?b", headers: {} });
  expect((await routes.to(new URL("https://other.example/"))).agent).toBe(way.agent);
  routes.close();
});
