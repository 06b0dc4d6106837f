import { z } from "zod";

// Bodies of the plain API, from whatever client: what Python's sends and a little less. Keys that are not known are left out.

const text = z.string().max(4 * 1024 * 1024);
const labels = z
  .array(z.object({ key: z.string().min(1).max(256), value: z.string().max(1024) }))
  .max(1000)
  .refine((list) => new Set(list.map(({ key }) => key)).size === list.length, "a label is there twice");
const manifest = z.record(z.string(), z.unknown());
/** `2026-01-02 03:04:05.000006`, which is meant in UTC, or ISO 8601. */
const buildAt = z
  .string()
  .max(40)
  .regex(/^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?$/, "it is no time such as 2026-01-02 03:04:05.000006")
  .refine((time) => !Number.isNaN(Date.parse(time.replace(" ", "T"))), "there is no such time");

/** `POST /api/v1/model_repositories` */
export const createRepository = z.object({ name: z.string(), description: text.default("") });

/** `POST …/models`, `POST …/bentos` */
export const createVersion = z.object({
  version: z.string(),
  description: text.default(""),
  manifest: manifest.default({}),
  build_at: buildAt.nullish(),
  labels: labels.default([]),
});

/** `PATCH …/bentos/{version}`; our own client changes models in the same way. */
export const updateVersion = z.object({
  description: text.optional(),
  manifest: manifest.optional(),
  labels: labels.optional(),
});
