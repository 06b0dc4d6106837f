import { wireNames as names } from "@bento/core";
import type { StoredModel } from "@bento/store";
import type { CreateModelSchema } from "./model.js";

/**
 * The body that registers a stored model with a registry.
 * @source BentoML bentoml/_internal/cloud/schemas (CreateModelSchema); the manifest's keys are those of its ModelManifestSchema
 */
export function createModelSchema({ tag, info, size }: StoredModel): CreateModelSchema {
  const { context } = info;
  return {
    description: "",
    version: tag.version ?? "",
    build_at: registryTime(info.creationTime),
    labels: Object.entries(info.labels).map(([key, value]) => ({ key, value })),
    manifest: {
      module: info.module,
      [names.apiVersion]: info.apiVersion,
      [names.bentomlVersion]: context.bentomlVersion,
      size_bytes: size,
      metadata: info.metadata,
      options: info.options,
      context: {
        [names.frameworkName]: context.frameworkName,
        [names.frameworkVersions]: context.frameworkVersions,
        [names.bentomlVersion]: context.bentomlVersion,
        [names.pythonVersion]: context.pythonVersion,
      },
    },
  };
}

/** The registry's form of a time: UTC, microseconds, no offset. */
function registryTime(time: Date): string {
  return `${time.toISOString().slice(0, -1).replace("T", " ")}000`;
}
