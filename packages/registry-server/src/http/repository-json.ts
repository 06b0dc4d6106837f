import type { Repository } from "../catalog/catalog.js";
import { versionJson } from "./version-json.js";

/** A repository in the API's words. */
export function repositoryJson(repository: Repository, strategy: string): Readonly<Record<string, unknown>> {
  const { kind, latest } = repository;
  return {
    uid: repository.uid,
    created_at: repository.createdAt,
    updated_at: repository.updatedAt,
    deleted_at: null,
    name: repository.name,
    resource_type: `${kind}_repository`,
    labels: [],
    description: repository.description,
    [`latest_${kind}`]: latest === null ? null : versionJson(latest, strategy),
  };
}
