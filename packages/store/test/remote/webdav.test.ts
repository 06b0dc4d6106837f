import type { IncomingMessage, ServerResponse } from "node:http";
import type { Remote, RemoteEntry } from "@bento/store";
import { locationOfUrl, openDriver } from "@bento/store/remotes";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { contentOf, listed, someBytes } from "../../../../test/support/remote-bytes.js";
import { standIn, type WebStandIn } from "./web-stand-in.js";

beforeEach(() => vi.stubEnv("NETRC", "/dev/null"));

const opened = async (port: number): Promise<Remote> => {
  const remote = await openDriver(locationOfUrl(`webdav://127.0.0.1:${port}/`), { signal: new AbortController().signal });
  onTestFinished(() => remote[Symbol.asyncDispose]());
  return remote;
};

const response = (href: string, props = "<d:resourcetype/><d:getcontentlength>1</d:getcontentlength>"): string =>
  `<d:response><d:href>${href}</d:href><d:propstat><d:prop>${props}</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>`;
const folder = (href: string): string => response(href, "<d:resourcetype><d:collection/></d:resourcetype>");
const list = (...responses: readonly string[]): string =>
  `<?xml version="1.0"?><d:multistatus xmlns:d="DAV:">${responses.join("")}</d:multistatus>`;

/** A server that answers each list with this. */
const lists = (xml: string): Promise<WebStandIn> =>
  standIn((_request, answer) => void answer.writeHead(207, { "content-type": "application/xml" }).end(xml));

const entries = async (xml: string): Promise<readonly RemoteEntry[]> => [
  ...(await listed(await opened((await lists(xml)).port), "at/folder")).values(),
];

test("a list is read whatever names the server gives to namespaces, whole URLs and paths, encoded or not", async () => {
  const props = `<getetag xmlns="DAV:">"a"</getetag><x:getetag xmlns:x="other:">"b"</x:getetag><getcontentlength xmlns="DAV:">7</getcontentlength><getlastmodified xmlns="DAV:">day</getlastmodified>`;
  const xml = list(
    folder("/at/folder/"),
    response("http://elsewhere:99/at/folder/a%20b%252Fc&amp;d", props),
    response("/at//folder/d%C3%A9j%C3%A0", props),
  );
  const version = JSON.stringify(["a", "day", 7]);
  expect(await entries(xml)).toEqual([
    { kind: "file", path: "at/folder/a b%2Fc&d", size: 7, version },
    { kind: "file", path: "at/folder/déjà", size: 7, version },
  ]);
});

test.each([
  "/at/folder/../../etc/passwd",
  "/at/folder/..",
  "/at/folder/%2e%2e",
  "/at/folder/%2E%2e/x",
  "/at/folder/..%2fx",
  "/at/folder/a%5C..%5Cb",
  "/at/folder/a\\b",
  "/at/folder/a%00b",
  "/at/folder/a%0Ab",
  "/at/folder/%zz",
  "relative",
  "//at/other/x",
  "/at/other",
  "/at/folder-2/x",
  "/at",
  "/elsewhere/folder/x",
  "/at/folder/a/b",
  `/at/folder/${"x".repeat(9000)}`,
  "",
])("the name %j, which leads elsewhere, is refused", async (href) => {
  const failure = { code: "BENTO_TRANSFER_FAILED", cause: { isTransient: false } };
  await expect(entries(list(folder("/at/folder/"), response(href)))).rejects.toMatchObject(failure);
});

test("a name that comes twice is refused, and a folder that holds itself is left", async () => {
  await expect(entries(list(folder("/at/folder/"), response("/at/folder/x"), folder("/at/folder/x/")))).rejects.toThrow("twice");
  const endless = await standIn(({ url = "" }, answer) => void answer.writeHead(207).end(list(folder(url), folder(`${url}again/`))));
  await expect(listed(await opened(endless.port), "top")).rejects.toThrow("folders in each other");
});

const laughs = Array.from({ length: 30 }, (_, index) => `<!ENTITY l${index + 1} "${`&l${index};`.repeat(10)}">`).join("");

test.each([
  ["entities of entities", `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">${laughs}]>${list(response("/at/folder/&l30;"))}`],
  ["a file of the server", `<!DOCTYPE x [<!ENTITY l SYSTEM "file:///etc/passwd">]>${list(response("/at/folder/&l;"))}`],
  ["no XML", "hello"],
  ["a page", "<html><body>hello</body></html>"],
  ["nothing", ""],
  ["XML that breaks off", list(response("/at/folder/x")).slice(0, 80)],
  [
    "names of the language",
    list("<d:response><d:href>/at/folder/x</d:href><d:propstat><d:prop><__proto__><x>1</x></__proto__></d:prop></d:propstat></d:response>"),
  ],
])("a list that is %s is refused, and soon", async (_what, xml) => {
  const began = performance.now();
  await expect(entries(xml)).rejects.toMatchObject({ code: "BENTO_TRANSFER_FAILED" });
  expect(performance.now() - began).toBeLessThan(1000);
});

test("elements in each other without end are refused, and soon", async () => {
  const deep = 200_000;
  const began = performance.now();
  await expect(entries(`${"<a>".repeat(deep)}${"</a>".repeat(deep)}`)).rejects.toMatchObject({ code: "BENTO_TRANSFER_FAILED" });
  expect(performance.now() - began).toBeLessThan(5000);
});

/** A server that keeps names alone, and refuses one method. */
const keeps = async (refused: string, status: number): Promise<{ names: Set<string>; server: WebStandIn }> => {
  const names = new Set(["/"]);
  const server = await standIn((request: IncomingMessage, answer: ServerResponse) => {
    const { method = "", url = "" } = request;
    request.resume().once("end", () => {
      if (method === "PUT") names.add(url);
      if (method === "DELETE") names.delete(url);
      if (method === refused) answer.writeHead(status).end();
      else if (method !== "PROPFIND") answer.writeHead(201).end();
      else if (names.has(url)) answer.writeHead(207).end(list(folder(url)));
      else answer.writeHead(404).end();
    });
  });
  return { names, server };
};

test.each([
  ["MOVE", 500, true],
  ["MOVE", 207, false],
  ["PUT", 507, false],
  ["PUT", 411, false],
])("a write whose %s ends with %i leaves nothing there", async (method, status, isTransient) => {
  const { names, server } = await keeps(method, status);
  const remote = await opened(server.port);
  await expect(remote.write("file.bin", contentOf(someBytes(1000)))).rejects.toMatchObject({ cause: { isTransient } });
  expect([...names]).toEqual(["/"]);
  expect(server.seen.map((request) => request.method).at(-1)).toBe("DELETE");
  expect(server.seen.some(({ url }) => /^\/\.file\.bin\.[0-9a-f]{8}\.partial$/.test(url))).toBe(true);
});

test("a parameter that is not known is refused, and so are certificates that cannot be read", async () => {
  const open = (url: string): Promise<Remote> => openDriver(locationOfUrl(url), { signal: new AbortController().signal });
  await expect(open("webdav://127.0.0.1/?ca=x")).rejects.toThrow('webdav:// has no parameter "ca"');
  await expect(open("webdavs://127.0.0.1/?verify=no")).rejects.toThrow('has no parameter "verify"');
  await expect(open("webdavs://127.0.0.1/?ca=/no/such/file")).rejects.toThrow('certificates in "/no/such/file"');
});

test("what a stranger names is not opened", async () => {
  const location = locationOfUrl("webdav://127.0.0.1/", { isUntrusted: true });
  await expect(openDriver(location, { signal: new AbortController().signal })).rejects.toMatchObject({ code: "BENTO_BAD_REQUEST" });
});
