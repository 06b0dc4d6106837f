import { randomBytes } from "node:crypto";
import { importModel, MemoryModelStore } from "@bento/store";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Tickets } from "../src/http/tickets.js";
import { type ContentServer, startContentServer } from "./support/content-server.js";
import { modelYaml, tarOfFiles } from "./support/made-item.js";

let server: ContentServer;
beforeAll(async () => {
  server = await startContentServer({ strategy: "presigned_url" });
});
afterAll(() => server[Symbol.asyncDispose]());

let count = 0;

/** A version that was announced, its tar, and that in parts. */
async function announced(): Promise<{
  readonly root: string;
  readonly version: string;
  readonly tar: Buffer;
  readonly parts: readonly Buffer[];
}> {
  const version = `v${(count += 1)}`;
  const about = { description: "", labels: [], manifest: {}, buildAt: "2026-01-02T03:04:05Z" };
  await server.catalog.createVersion("model", "pre", version, about);
  const tar = tarOfFiles({ "model.yaml": modelYaml(`pre:${version}`), w: randomBytes(10_000) });
  const parts = [tar.subarray(0, 5000), tar.subarray(5000, 9000), tar.subarray(9000)];
  return { root: `/api/v1/model_repositories/pre/models/${version}`, version, tar, parts };
}

type Item = Readonly<Record<string, unknown>>;
async function patch(root: string, action: string, body?: object): Promise<Item> {
  const answer = await server.ask("PATCH", `${root}/${action}`, body);
  const item = (await answer.json()) as Item;
  return { ...item, status: answer.status };
}

/** Python's client sends no token to such a URL. */
const put = (url: unknown, bytes: Uint8Array): Promise<Response> =>
  fetch(String(url), { method: "PUT", body: bytes as Uint8Array<ArrayBuffer> });

/** Sends some parts of a new upload; answers its id and what the client was told of each. */
async function sendParts(
  root: string,
  parts: readonly Uint8Array[],
  numbers: readonly number[],
): Promise<{ id: unknown; told: { part_number: number; etag: string }[] }> {
  const { upload_id: id } = await patch(root, "start_multipart_upload");
  const told: { part_number: number; etag: string }[] = [];
  for (const number of numbers) {
    const { presigned_upload_url: url } = await patch(root, "presign_multipart_upload_url", { upload_id: id, part_number: number });
    const answer = await put(url, parts[number - 1] ?? Buffer.alloc(0));
    expect(answer.status).toBe(200);
    told.push({ part_number: number, etag: answer.headers.get("etag") ?? "" });
  }
  return { id, told };
}

const finish = (root: string, status: "success" | "failed", reason = ""): Promise<Item> => patch(root, "finish_upload", { status, reason });

test("a tar that is sent in one piece to a URL without a token is published when the client says that it is done", async () => {
  const { root, version, tar } = await announced();
  const { presigned_upload_url: url } = await patch(root, "presign_upload_url");
  expect(String(url)).toMatch(new RegExp(`^${server.url}/api/v1/uploads/`));
  expect((await put(url, tar)).status).toBe(200);
  expect(await server.catalog.content("model", "pre", version)).toBeUndefined();
  expect(await finish(root, "success")).toMatchObject({ status: 200, upload_status: "success", upload_id: null });
  const { presigned_download_url: download } = await patch(root, "presign_download_url");
  const answer = await fetch(String(download));
  const model = await importModel(new Uint8Array(await answer.arrayBuffer()), { store: new MemoryModelStore() });
  expect(String(model.tag)).toBe(`pre:${version}`);
});

test("a tar in parts is published, whatever the order in which they came, and nothing is left of the upload", async () => {
  const { root, version, parts } = await announced();
  const { id, told } = await sendParts(root, parts, [3, 1, 2, 2]);
  const named = told.slice(0, 3).toSorted((a, b) => a.part_number - b.part_number);
  expect(await patch(root, "complete_multipart_upload", { upload_id: id, parts: named })).toMatchObject({ status: 200 });
  const push = await server.catalog.push(String(id));
  expect(await finish(root, "success")).toMatchObject({ status: 200, upload_status: "success" });
  const found = await server.catalog.content("model", "pre", version);
  expect(found?.content.files.map(({ path }) => path)).toEqual(["model.yaml", "w"]);
  expect(await server.uploads.parts(push?.upload ?? "")).toEqual([]);
});

test("parts with a gap, with other ETags, too few and too many are not put together", async () => {
  const { root, version, parts } = await announced();
  const { id, told } = await sendParts(root, parts, [1, 2, 3]);
  const [one, two, three] = told;
  const wrong = [
    [],
    [one, two],
    [one, three],
    [one, three, two],
    [two, three],
    [one, two, { ...three, etag: '"other"' }],
    [...told, { part_number: 4, etag: '"x"' }],
  ];
  for (const named of wrong) {
    expect(await patch(root, "complete_multipart_upload", { upload_id: id, parts: named }), JSON.stringify(named)).toMatchObject({
      status: 409,
    });
  }
  expect(await patch(root, "complete_multipart_upload", { upload_id: "another", parts: told })).toMatchObject({ status: 404 });
  expect(await server.catalog.content("model", "pre", version)).toBeUndefined();
});

test("an upload whose client gives up is dropped, and a second one begins anew", async () => {
  const { root, version, parts } = await announced();
  const { id } = await sendParts(root, parts, [1, 2]);
  const { upload } = { ...(await server.catalog.push(String(id))) };
  expect(await finish(root, "failed", "part 3 was lost")).toMatchObject({
    upload_status: "failed",
    upload_finished_reason: "part 3 was lost",
  });
  expect(await server.catalog.push(String(id))).toBeUndefined();
  expect(await server.uploads.parts(String(upload))).toEqual([]);
  const again = await sendParts(root, parts, [1, 2, 3]);
  expect(again.id).not.toBe(id);
  expect(await patch(root, "complete_multipart_upload", { upload_id: again.id, parts: again.told })).toMatchObject({ status: 200 });
  expect(await finish(root, "success")).toMatchObject({ status: 200 });
  expect(await server.catalog.content("model", "pre", version)).toBeDefined();
});

test("a client that says success is not believed: what was sent is read, and what is no such model is refused", async () => {
  const { root, version, parts } = await announced();
  expect(await finish(root, "success")).toMatchObject({ status: 409 });
  const { id, told } = await sendParts(root, parts, [1, 2]);
  expect(await patch(root, "complete_multipart_upload", { upload_id: id, parts: told })).toMatchObject({ status: 200 });
  expect(await finish(root, "success")).toMatchObject({ status: 400, code: "BENTO_ARCHIVE_INVALID" });
  expect(await server.catalog.version("model", "pre", version)).toMatchObject({ uploadStatus: "failed" });
});

test("the URL of an upload or download allows that alone, to whoever has it, for its time", async () => {
  const { root, tar } = await announced();
  const { presigned_upload_url: url } = await patch(root, "presign_upload_url");
  const ticket = String(url).split("/").at(-1) ?? "";
  const [text, signature] = ticket.split(".");
  const forged = Buffer.from(JSON.stringify({ to: "download", kind: "model", name: "pre", version: "v1", until: 9e15 })).toString(
    "base64url",
  );
  for (const path of [`downloads/${ticket}`, `uploads/${text}.AAAA`, `downloads/${forged}.${signature}`, "uploads/x", `uploads/${text}`]) {
    const answer = await fetch(`${server.url}/api/v1/${path}`, path.startsWith("uploads") ? { method: "PUT", body: "x" } : {});
    expect(answer.status, path).toBe(403);
  }
  const tickets = new Tickets(randomBytes(32));
  const issued = tickets.issue({ to: "upload", push: "p", part: 1 }, 0);
  expect(tickets.check("upload", issued, 1000)).toMatchObject({ push: "p", part: 1 });
  expect(() => tickets.check("upload", issued, 13 * 3_600_000)).toThrow("its time is over");
  expect((await put(url, tar)).status).toBe(200);
  await finish(root, "success");
  expect((await put(url, tar)).status).toBe(404);
});

test("what a push by parts and an upload of the same files publish is the same content", async () => {
  const { root, version, parts, tar } = await announced();
  const { id, told } = await sendParts(root, parts, [1, 2, 3]);
  await patch(root, "complete_multipart_upload", { upload_id: id, parts: told });
  await finish(root, "success");
  const before = await server.catalog.content("model", "pre", version);
  await server.ask("PUT", `${root}/upload`, tar as Uint8Array<ArrayBuffer>);
  expect((await server.catalog.content("model", "pre", version))?.digest).toBe(before?.digest);
});
