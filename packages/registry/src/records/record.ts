import {
  type BentoInfo,
  type BentoModelReference,
  bentoDocument,
  modelDocument,
  modelsSize,
  type ModelStore,
  type StoredBento,
  type StoredModel,
} from "@bento/store";
import { BentoError } from "@bento/core";
import type { VersionRecord } from "../api/registry-api.js";
import { plainJson } from "./plain-json.js";

/** A README that is longer is not sent. Bytes; as in Python's client. */
const maxDescription = 3 * 1024 * 1024;

/** What a registry is told of a model. @source BentoML sdk/models/base.py `to_create_schema` */
export function modelRecord({ info, size }: StoredModel): VersionRecord {
  const document = modelDocument(info);
  const context = document["context"] as Readonly<Record<string, unknown>>;
  return {
    description: "",
    labels: labelsOf(info.labels),
    build_at: naiveTime(info),
    manifest: plainJson({
      module: info.module,
      api_version: info.apiVersion,
      bentoml_version: info.context.bentomlVersion,
      size_bytes: size,
      metadata: document["metadata"],
      context: {
        framework_name: context["framework_name"],
        framework_versions: context["framework_versions"],
        bentoml_version: context["bentoml_version"],
        python_version: context["python_version"],
      },
      options: document["options"],
    }),
  };
}

/** What a registry is told of a bento. @source BentoML cloud/bento.py `push` */
export async function bentoRecord(bento: StoredBento, models: ModelStore): Promise<VersionRecord> {
  const { info } = bento;
  const document = bentoDocument(info);
  return {
    description: await readme(bento),
    labels: labelsOf(info.labels),
    build_at: naiveTime(info),
    manifest: plainJson({
      service: info.service,
      bentoml_version: info.bentomlVersion,
      size_bytes: bento.size + (await modelsSize(bento, models)).size,
      entry_service: info.entryService,
      name: info.tag.name,
      apis: {},
      models: bento.models.map(({ tag }) => String(tag)),
      runners: info.spec === 1 ? document["runners"] : [],
      services: info.services.map(({ models: used, dependencies, ...service }) => ({
        ...service,
        models: used.map(referenceOf),
        dependencies: dependencies.map(({ service: name = null, deployment = null, cluster = null, url = null }) => ({
          service: name,
          deployment,
          cluster,
          url,
        })),
      })),
      envs: info.envs,
      schema: info.schema,
      version: info.tag.version,
      dev: false,
      image: info.spec === 2 ? document["image"] : null,
      spec: info.spec,
    }),
  };
}

/** `2026-01-02 03:04:05.000006`, in UTC: how the API writes times that it is told. */
export function naiveTime({ creationTime, creationTimeText }: Pick<BentoInfo, "creationTime" | "creationTimeText">): string {
  const microseconds = /\.\d{3}(\d{3})/.exec(creationTimeText)?.[1] ?? "000";
  return `${creationTime.toISOString().slice(0, -1).replace("T", " ")}${microseconds}`;
}

function referenceOf(reference: BentoModelReference): Readonly<Record<string, unknown>> {
  const { tag, module, alias = null, registry, metadata = null } = reference;
  return { tag: String(tag), module, creation_time: naiveTime(reference), alias, registry, metadata };
}

function labelsOf(labels: Readonly<Record<string, string>>): VersionRecord["labels"] {
  return Object.entries(labels).map(([key, value]) => ({ key, value }));
}

async function readme(bento: StoredBento): Promise<string> {
  try {
    const bytes = await bento.read("README.md");
    return bytes.length > maxDescription ? "" : Buffer.from(bytes).toString("utf8");
  } catch (error) {
    if (BentoError.is(error, "BENTO_FILE_NOT_FOUND")) return "";
    throw error;
  }
}
