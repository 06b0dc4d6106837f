import { isTagPart } from "@bento/core";
import { z } from "zod";
import { sha256Text } from "../wire/content.js";

/** Text that some servers leave out or give as null. */
const looseText = z
  .string()
  .nullish()
  .transform((value) => value ?? "");

const labels = z
  .array(z.object({ key: z.string(), value: z.string() }))
  .nullish()
  .transform((value) => value ?? []);

/** A name or version: it becomes part of paths. */
const tagPart = z.string().refine(isTagPart, "it is no name or version");

export const userAnswer = z.object({ name: z.string(), email: z.string() });

export const organizationAnswer = z.object({ name: z.string() });

export const codeAnswer = z.object({ code: z.string().min(1).max(1024) });

export const tokenAnswer = z.object({ token: z.string().min(1).max(8192) });

/** A repository: all versions of one name. */
export const repositoryAnswer = z.object({ name: tagPart, description: looseText });

/** A version of a model or bento, as a registry tells it. What else it tells is ignored. */
export const versionAnswer = z.object({
  version: tagPart,
  labels,
  description: looseText,
  upload_status: looseText,
  upload_finished_reason: looseText,
  presigned_upload_url: looseText,
  presigned_download_url: looseText,
  /** `proxy`; nothing where it is not decided; anything else means URLs that are signed. */
  transmission_strategy: z.string().nullish(),
  upload_id: z.string().nullish(),
  manifest: z.record(z.string(), z.unknown()).nullish(),
  /** When it was made, as its document says, where the registry keeps that. */
  build_at: z.string().nullish(),
  created_at: z.string().nullish(),
  /** Of the archive; only some servers have it. */
  sha256: sha256Text.nullish(),
  /** Of the content, at a registry of ours. */
  content_digest: sha256Text.nullish(),
  size_bytes: z.number().int().nonnegative().nullish(),
  repository: repositoryAnswer.nullish(),
});

/** A page of versions. */
export const versionsAnswer = z.object({
  start: z.number().int().nonnegative(),
  count: z.number().int().nonnegative(),
  total: z.number().int().nonnegative(),
  items: z
    .array(versionAnswer)
    .nullish()
    .transform((value) => value ?? []),
});

export type User = z.infer<typeof userAnswer>;
export type Organization = z.infer<typeof organizationAnswer>;
export type Repository = z.infer<typeof repositoryAnswer>;
export type Version = z.infer<typeof versionAnswer>;
export type Versions = z.infer<typeof versionsAnswer>;
