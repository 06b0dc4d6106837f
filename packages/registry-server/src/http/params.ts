import { BentoError, isTagPart } from "@bento/core";
import { sha256Text } from "@bento/registry/wire";

import type { RouteContext } from "./route.js";

const rule = "Use 1 to 63 lower-case letters, digits, '-', '_' or '.', with a letter or digit first and last.";

/** The name of the repository that a path names. @throws BENTO_TAG_INVALID for anything that could not be one */
export function nameParam(context: RouteContext): string {
  return tagPart("name", context.req.param("name") ?? "");
}

/** The version that a path names; `latest` is one here. @throws BENTO_TAG_INVALID for anything that could not be one */
export function versionParam(context: RouteContext): string {
  return tagPart("version", context.req.param("version") ?? "");
}

/** The digest that a path names. @throws BENTO_BAD_REQUEST for anything that is not 64 lower-case hex digits */
export function sha256Param(context: RouteContext): string {
  const text = context.req.param("sha256") ?? "";
  const digest = sha256Text.safeParse(text);
  if (digest.success) return digest.data;
  throw new BentoError("BENTO_BAD_REQUEST", `${quoted(text)} is no SHA-256 digest.`, { hint: "Write 64 lower-case hex digits." });
}

/** A name or version as it stands in paths and bodies: refused rather than repaired, so that one thing has one name. @throws BENTO_TAG_INVALID */
export function tagPart(what: "name" | "version", text: string): string {
  if (isTagPart(text)) return text;
  throw new BentoError("BENTO_TAG_INVALID", `The ${what} ${quoted(text)} is not one that a tag can have.`, { hint: rule });
}

/** A version that can be written: `latest` only points at one. @throws BENTO_TAG_INVALID */
export function writableVersion(text: string): string {
  if (tagPart("version", text) !== "latest") return text;
  throw new BentoError("BENTO_TAG_INVALID", 'The version "latest" cannot be written.', {
    hint: "It stands for the newest version; push under a version of its own.",
  });
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}
