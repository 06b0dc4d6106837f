import { BentoError } from "@bento/core";
import type { Call } from "../api/http.js";
import type { Noun } from "../api/registry-api.js";
import { byAge, type IndexEntry, type StaticIndex } from "./layout.js";

/** What a call of the registry API asks for, as far as a folder can answer it. */
export type Question =
  | { readonly kind: "part"; readonly sha256: string }
  | { readonly kind: "repository"; readonly noun: Noun; readonly name: string }
  | { readonly kind: "version" | "content"; readonly noun: Noun; readonly name: string; readonly version: string }
  | { readonly kind: "versions"; readonly noun: Noun; readonly name: string | undefined };

const routes: readonly (readonly [Call["method"], RegExp, (...parts: string[]) => Question])[] = [
  ["GET", /^\/api\/v1\/content\/([0-9a-f]{64})$/, (sha256) => ({ kind: "part", sha256 })],
  ["GET", /^\/api\/v1\/(model|bento)s$/, (noun) => ({ kind: "versions", noun: noun as Noun, name: undefined })],
  ["GET", /^\/api\/v1\/(model|bento)_repositories\/([^/]+)$/, (noun, name) => ({ kind: "repository", ...nameOf(noun, name) })],
  ["GET", /^\/api\/v1\/(model|bento)_repositories\/([^/]+)\/\1s$/, (noun, name) => ({ kind: "versions", ...nameOf(noun, name) })],
  ["GET", /^\/api\/v1\/(model|bento)_repositories\/([^/]+)\/\1s\/([^/]+)\/content$/, (...parts) => ({ kind: "content", ...tagOf(parts) })],
  ["GET", /^\/api\/v1\/(model|bento)_repositories\/([^/]+)\/\1s\/([^/]+)$/, (...parts) => ({ kind: "version", ...tagOf(parts) })],
  // A client asks so whether a version can be had.
  [
    "PATCH",
    /^\/api\/v1\/(model|bento)_repositories\/([^/]+)\/\1s\/([^/]+)\/presign_download_url$/,
    (...parts) => ({ kind: "version", ...tagOf(parts) }),
  ],
];

/** What a call asks for; `undefined` for one that would change something, or that a folder knows nothing of. */
export function questionOf({ method, path }: Pick<Call, "method" | "path">): Question | undefined {
  for (const [expected, pattern, read] of routes) {
    const match = method === expected ? pattern.exec(path) : null;
    if (match !== null) return read(...match.slice(1));
  }
  return undefined;
}

/** The entry of a version, which may be `latest`. */
export function entryOf(
  index: StaticIndex,
  { noun, name, version }: { readonly noun: Noun; readonly name: string; readonly version: string },
) {
  const entries = entriesOf(index, noun).filter((entry) => entry.name === name);
  return version === "latest" ? entries.toSorted(byAge)[0] : entries.find((entry) => entry.version === version);
}

/** A version as registries tell it. */
export function versionJson({ name, version, labels, description, manifest, build_at, digest, size_bytes }: IndexEntry) {
  const repository = { name, description: "" };
  return { version, labels, description, manifest, build_at, size_bytes, content_digest: digest, upload_status: "success", repository };
}

/** A page of versions, newest first. @returns `undefined` for a name that is not there */
export function versionsJson(index: StaticIndex, noun: Noun, name: string | undefined, query: NonNullable<Call["query"]>) {
  const all = entriesOf(index, noun);
  const named = name === undefined ? all : all.filter((entry) => entry.name === name);
  if (name !== undefined && named.length === 0) return undefined;
  const search = String(query["search"] ?? "").toLowerCase();
  const labels = labelsOf(String(query["q"] ?? ""));
  const found = named
    .filter((entry) => entry.name.includes(search))
    .filter((entry) => labels.every(([key, value]) => entry.labels.some((label) => label.key === key && label.value === value)))
    .toSorted(byAge);
  const start = Number(query["start"] ?? 0);
  const count = Number(query["count"] ?? found.length);
  return { start, count, total: found.length, items: found.slice(start, start + count).map(versionJson) };
}

function entriesOf(index: StaticIndex, noun: Noun): readonly IndexEntry[] {
  return noun === "model" ? index.models : index.bentos;
}

function labelsOf(query: string): readonly (readonly [string, string])[] {
  const words = query.split(/\s+/).filter((word) => word !== "");
  return words.map((word) => {
    const [, key, value] = /^label:([^=]+)=(.*)$/.exec(word) ?? [];
    if (key !== undefined && value !== undefined) return [key, value];
    throw new BentoError("BENTO_BAD_REQUEST", `A registry that is a folder cannot be asked for ${JSON.stringify(word)}.`, {
      hint: "Ask for labels: label:key=value.",
    });
  });
}

function nameOf(noun = "", name = ""): { readonly noun: Noun; readonly name: string } {
  return { noun: noun as Noun, name: decodeURIComponent(name) };
}

function tagOf([noun, name, version = ""]: readonly string[]) {
  return { ...nameOf(noun, name), version: decodeURIComponent(version) };
}
