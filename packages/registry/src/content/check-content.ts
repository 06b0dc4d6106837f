import { createHash } from "node:crypto";
import { BentoError } from "@bento/core";
import { EntryRules, limitsOf, quoted } from "@bento/store/archives";
import type { ExactTag } from "../api/registry-api.js";
import { type ContentDocument, type ContentFile, contentDigestText, type VersionContent } from "../wire/content.js";

const emptyDigest = createHash("sha256").digest("hex");

/**
 * Looks at what a registry says a version is, before anything of it is fetched or written: that it is the one that was
 * asked for, that its digest is right, that its numbers can be, and its paths by the rules of archives.
 * @throws BENTO_INTEGRITY_FAILED, BENTO_ARCHIVE_UNSAFE
 */
export function checkContent({ name, version, content, digest }: VersionContent, tag: ExactTag): ContentDocument {
  if (name !== tag.name || version !== tag.version) {
    throw lie(tag, `it is ${quoted(`${name}:${version}`)}`);
  }
  if (createHash("sha256").update(contentDigestText(content)).digest("hex") !== digest) throw lie(tag, "its digest is another one");
  const limits = limitsOf();
  const rules = new EntryRules(limits);
  for (const path of content.folders) checkPath(rules, path, "folder", tag);
  let bytes = 0;
  for (const file of content.files) {
    checkPath(rules, file.path, "file", tag);
    checkParts(file, content.partSize, tag);
    bytes += file.size;
  }
  if (bytes > limits.maxBytes) throw lie(tag, `it is larger than ${limits.maxBytes.toLocaleString("en-US")} bytes`);
  return content;
}

function checkPath(rules: EntryRules, path: string, kind: "file" | "folder", tag: ExactTag): void {
  if (rules.admit({ path, kind, target: "" })?.path !== path) throw lie(tag, `${quoted(path)} is not written in the plain form of a path`);
}

function checkParts({ path, size, sha256, parts }: ContentFile, partSize: number, tag: ExactTag): void {
  if (parts.length !== Math.ceil(size / partSize)) throw lie(tag, `${quoted(path)} has ${parts.length} parts for ${size} bytes`);
  const only = parts.length === 0 ? emptyDigest : parts[0];
  if (parts.length <= 1 && sha256 !== only) throw lie(tag, `${quoted(path)} has two digests`);
}

/** The error for what no honest registry says. */
function lie(tag: ExactTag, why: string): BentoError {
  return new BentoError("BENTO_INTEGRITY_FAILED", `What the registry gives as ${quoted(String(tag))} cannot be that: ${why}.`, {
    hint: "Nothing was stored. Get it from somewhere else, or ask whoever runs the registry.",
  });
}
