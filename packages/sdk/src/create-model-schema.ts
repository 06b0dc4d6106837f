import { wireNames as names } from "@bento/core";
import { modelDocument, type StoredModel } from "@bento/store";
import type { CreateModelSchema } from "./model.js";

/**
 * The body that registers a stored model with a registry.
 * @source BentoML bentoml/_internal/cloud/schemas (CreateModelSchema); the manifest's keys are those of its ModelManifestSchema
 */
export function createModelSchema({ tag, info, size }: StoredModel): CreateModelSchema {
  const { module, metadata, options, context, [names.apiVersion]: apiVersion } = modelDocument(info);
  return {
    description: "",
    version: tag.version ?? "",
    build_at: registryTime(info.creationTime),
    labels: Object.entries(info.labels).map(([key, value]) => ({ key, value })),
    manifest: {
      module,
      [names.apiVersion]: apiVersion,
      [names.bentomlVersion]: info.context.bentomlVersion,
      size_bytes: size,
      metadata,
      options,
      context,
    },
  };
}

/** The registry's form of a time: UTC, microseconds, no offset. */
function registryTime(time: Date): string {
  return `${time.toISOString().slice(0, -1).replace("T", " ")}000`;
}
