// What two of ours say to each other besides the API that Python's client speaks: which files a version has, and which
// parts of them the other side has already.
import { z } from "zod";

/** A response header of every answer of a registry that knows what is in this file; its value is {@link contentProtocol}. */
export const contentHeader = "x-bento-registry";
/** Version of what is in this file. */
export const contentProtocol = "1";
/** Bytes of a part, but for the last one of a file. */
export const defaultPartSize = 8 * 1024 * 1024;

/** Lower-case hex. Parsed before it becomes part of a path. */
export const sha256Text = z.string().regex(/^[0-9a-f]{64}$/);

/** A file of a version. */
export const contentFile = z.strictObject({
  /** Relative to the top, `/` between its parts. Checked by the rules of archives where it is written. */
  path: z.string().min(1).max(4096),
  /** Bytes. */
  size: z.int().nonnegative(),
  executable: z.boolean(),
  /** Of the whole file. */
  sha256: sha256Text,
  /** Of each part in order: ceil(size / partSize) of them, none for an empty file. */
  parts: z.array(sha256Text),
});

/** All that a version is, by content. Files and folders in the order of a {@link Tree}; every file but nothing else, `model.yaml` and the manifest included. */
export const contentDocument = z.strictObject({
  format: z.literal(1),
  /** Bytes: from 1 MiB to 64 MiB. */
  partSize: z
    .int()
    .min(1024 * 1024)
    .max(64 * 1024 * 1024),
  /** Folders that hold nothing. */
  folders: z.array(z.string().min(1).max(4096)),
  files: z.array(contentFile),
});

/** `POST V/content/begin`, where V is the root of a version: says what is going to be sent. */
export const beginPush = z.strictObject({
  description: z.string(),
  labels: z.array(z.strictObject({ key: z.string(), value: z.string() })),
  /** As in CreateModel or CreateBento. */
  manifest: z.record(z.string(), z.unknown()),
  build_at: z.string(),
  /** Whether it may take the place of what is there. */
  force: z.boolean(),
  content: contentDocument,
});

/** The answer to {@link beginPush}, and to `GET /api/v1/content?push=ID`. */
export const pushState = z.object({
  /** Names the push in all that follows. */
  push: z.string().regex(/^[0-9a-zA-Z_-]{1,64}$/),
  /** Parts that the registry does not have, each once. */
  missing: z.array(sha256Text),
  /** When it forgets the push; ISO 8601. Each part that arrives puts it off. */
  expires_at: z.string(),
});

/** `POST V/content/commit`: all parts are there. The answer is the version. */
export const commitPush = z.strictObject({ push: pushState.shape.push });

/** The answer to `GET V/content`, where the version may be `latest`. */
export const versionContent = z.object({
  name: z.string(),
  version: z.string(),
  content: contentDocument,
  /** SHA-256 of {@link contentDigestText}. */
  digest: sha256Text,
});

export type ContentFile = z.infer<typeof contentFile>;
export type ContentDocument = z.infer<typeof contentDocument>;
export type BeginPush = z.infer<typeof beginPush>;
export type PushState = z.infer<typeof pushState>;
export type CommitPush = z.infer<typeof commitPush>;
export type VersionContent = z.infer<typeof versionContent>;

/** What the digest of a version's content is taken of: the same text for the same content, in UTF-8. */
export function contentDigestText({ format, partSize, folders, files }: ContentDocument): string {
  const lines = files.map(({ path, size, executable, sha256, parts }) => ({ path, size, executable, sha256, parts }));
  return JSON.stringify({ format, partSize, folders, files: lines });
}
