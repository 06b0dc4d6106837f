import { createHash } from "node:crypto";
import { limitsOf, readTar } from "@bento/store/archives";
import { expect } from "vitest";
import type { RecordedExchange, Recordings } from "./recordings.js";
import type { Answer } from "./replay.js";

/** Keys whose values are the server's own. */
const own = new Set([
  // Of a user, whom the registry knows by the name of a token alone.
  "first_name",
  "last_name",
  "upload_finished_reason",
  "uid",
  "created_at",
  "updated_at",
  "transmission_strategy",
  "upload_id",
  "presigned_upload_url",
  "presigned_download_url",
]);
/** Keys that may be null in one answer and a time in another. */
const times = new Set(["upload_started_at", "upload_finished_at", "updated_at"]);
/**
 * Requires of our answer what Python's client reads in it: the status, each key that was there with a value of its kind,
 * and the values that are not the server's own.
 */
export function expectRecorded(exchange: RecordedExchange, answer: Answer, recordings: Recordings, except: readonly string[] = []): void {
  const { request, response } = exchange;
  const place = `${exchange.n}: ${request.method} ${request.path} answered ${answer.status} ${answer.bytes.subarray(0, 300).toString()}`;
  // 200 is the only success that the client knows.
  if (response.status === 200) expect(answer.status, place).toBe(200);
  else if (response.status === 401) expect(answer.status, place).toBe(401);
  else expect(Math.floor(answer.status / 100), place).toBe(Math.floor((response.status ?? 0) / 100));
  expect(answer.headers.get("x-bento-registry"), place).toBe("1");
  if (response.status !== 200) expect(answer.json, place).toMatchObject({ error: expect.any(String), code: expect.any(String) });
  else if (response.body?.json !== undefined) expectSame(response.body.json, answer.json, { place, recordings, except });
}

interface Comparing {
  readonly place: string;
  /** Keys that are not compared. */
  readonly except: readonly string[];
  readonly recordings: Recordings;
}

function expectSame(recorded: unknown, ours: unknown, { place, recordings, except }: Comparing): void {
  if (Array.isArray(recorded)) {
    expect(ours, place).toHaveLength(recorded.length);
    return recorded.forEach((each, index) =>
      expectSame(each, (ours as unknown[])[index], { place: `${place}[${index}]`, recordings, except }),
    );
  }
  if (typeof recorded !== "object" || recorded === null) return expect(ours, place).toEqual(recorded);
  for (const [key, value] of Object.entries(recorded)) {
    // Nobody reads it but whoever made the recordings.
    if (key === "sha256" || except.includes(key)) continue;
    const at = `${place}.${key}`;
    expect(ours, at).toHaveProperty(key);
    const mine = (ours as Readonly<Record<string, unknown>>)[key];
    if (key === "manifest" && typeof value === "string") expectManifest(value, mine, { place: at, recordings });
    else if (key === "build_at") expect(Date.parse(String(mine)), at).toBe(Date.parse(String(value)));
    else if (own.has(key) || times.has(key) || isPlaceholder(value)) expectKind(value, mine, { at, mayBeNull: times.has(key) });
    else expectSame(value, mine, { place: at, recordings, except });
  }
}

function isPlaceholder(value: unknown): boolean {
  return typeof value === "string" && /^<[a-z0-9-]+>$/.test(value);
}

function expectManifest(placeholder: string, ours: unknown, { place, recordings }: Omit<Comparing, "except">): void {
  const manifest = recordings.manifests[placeholder] as Readonly<Record<string, unknown>>;
  // A bento's size counts the models that lay beside it, which are not in its archive.
  const size = placeholder.includes("summ") ? { size_bytes: expect.any(Number) } : {};
  expect(ours, place).toMatchObject({ ...manifest, ...size });
}

/** No text is ever null: Python's client makes the text "None" of it. Times say their zone. */
function expectKind(recorded: unknown, ours: unknown, { at, mayBeNull }: { readonly at: string; readonly mayBeNull: boolean }): void {
  if (typeof recorded === "string" && !(mayBeNull && ours === null)) expect(typeof ours, at).toBe("string");
  if (at.endsWith("_at") && typeof ours === "string") expect(ours, at).toMatch(/Z$/);
  if (at.endsWith("transmission_strategy")) expect(ours, at).toMatch(/^(?:proxy|presigned_url)$/);
}

/** Paths of a tar with what each file holds, and whether it can be executed. */
export async function filesOf(tar: Uint8Array): Promise<Readonly<Record<string, string>>> {
  const files: Record<string, string> = {};
  const reading = { signal: new AbortController().signal, limits: limitsOf() };
  for await (const { path, kind, executable, content } of readTar(inOnePiece(tar), reading)) {
    if (kind === "folder") continue;
    const hash = createHash("sha256");
    if (content instanceof Uint8Array) hash.update(content);
    else for await (const chunk of content) hash.update(chunk);
    files[path.replace(/^\.\//, "")] = `${kind} ${hash.digest("hex")}${executable ? " executable" : ""}`;
  }
  return files;
}

// oxlint-disable-next-line require-await -- what reads it wants it to be asynchronous
async function* inOnePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  yield bytes;
}
