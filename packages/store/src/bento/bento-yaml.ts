import { Tag, wireNames as names } from "@bento/core";
import { type Fields, fieldsOf, invalid, readCreationTime, readDocument, readTag, readTexts, required } from "../model/document.js";
import { deepFreeze } from "../model/frozen.js";
import { assumedVersions } from "../model/model-input.js";
import { plain } from "../pyyaml/containers.js";
import { pythonText } from "../pyyaml/python-text.js";
import type { BentoApi, BentoDependency, BentoEnv, BentoInfo, BentoModelReference, BentoRunner, BentoServiceInfo } from "./bento-info.js";
import {
  type BentoConda,
  type BentoDocker,
  type BentoImage,
  type BentoPython,
  condaKeys,
  dockerKeys,
  emptyImage,
  imageKeys,
  missingDocker,
  missingPython,
  pythonKeys,
  readList,
  readOpaqueMap,
  readSection,
  readTextList,
} from "./bento-sections.js";

/** Keys whose text counts, whatever YAML takes it for. */
const keepText = new Set(["name", "version", names.creationTime]);
/** The time of what has none, as Python gives it to models of before 1.0.0a7. */
const noTime = "0001-01-01T00:00:00";
const stages: ReadonlySet<string> = new Set(["all", "build", "runtime"]);

/**
 * What a `bento.yaml` says, deeply frozen; reads all that Python BentoML reads, of both specs.
 *
 * - `name`, `version` and `service` are required. Everything else has a default; a missing creation time is the year 1,
 *   where Python takes the moment of reading, which would make such a bento the newest.
 * - `spec: 2` is spec 2, everything else spec 1. Unknown keys are ignored.
 * - Files from before 1.0: models as plain tags, runners with `runner_type`.
 * @param where the file's path, for messages
 * @throws BENTO_BENTO_INVALID naming `where` and the reason
 */
export function parseBentoYaml(source: Uint8Array | string, where: string): BentoInfo {
  return readDocument(source, where, { noun: "bento", invalid: "BENTO_BENTO_INVALID", keepText, read: readBento });
}

function readBento(fields: Fields): BentoInfo {
  const tag = readTag(required(fields, "name"), required(fields, "version"));
  const common = {
    tag,
    service: pythonText(required(fields, "service")),
    bentomlVersion: textOr(fields.get(names.bentomlVersion), assumedVersions.bentomlVersion),
    ...readTime(fields.get(names.creationTime)),
    labels: readTexts(fields.get("labels") ?? {}, "labels"),
    models: readModels(fields.get("models"), "models"),
    entryService: textOr(fields.get(names.entryService), ""),
    services: readList(fields.get("services"), "services").map((service, index) => readService(service, `services[${index}]`)),
    envs: readList(fields.get("envs"), "envs").map((env, index) => readEnv(env, `envs[${index}]`)),
    schema: readOpaqueMap(fields.get("schema"), "schema"),
    args: readOpaqueMap(fields.get("args"), "args"),
  };
  if (plain(fields.get("spec")) === 2) {
    const image = readSection(fields.get("image") ?? undefined, imageKeys, "image", emptyImage) as BentoImage;
    return deepFreeze({ ...common, spec: 2, image });
  }
  return deepFreeze({
    ...common,
    spec: 1,
    runners: readList(fields.get("runners"), "runners").map((runner, index) => readRunner(runner, `runners[${index}]`)),
    apis: readList(fields.get("apis"), "apis").map((api, index) => readApi(api, `apis[${index}]`)),
    docker: readSection(fields.get("docker") ?? undefined, dockerKeys, "docker", fields.get("docker") ? {} : missingDocker) as BentoDocker,
    python: readSection(fields.get("python") ?? undefined, pythonKeys, "python", fields.get("python") ? {} : missingPython) as BentoPython,
    conda: readSection(fields.get("conda") ?? undefined, condaKeys, "conda") as BentoConda,
  });
}

function readModels(value: unknown, what: string): readonly BentoModelReference[] {
  return readList(value, what).map((model, index) => readModel(model, `${what}[${index}]`));
}

function readModel(value: unknown, what: string): BentoModelReference {
  if (typeof value === "string") return { tag: Tag.parse(value), module: "unknown", ...readTime(undefined), registry: "bentoml" };
  const fields = fieldsOf(value, what);
  const alias = fields.get("alias") ?? undefined;
  const metadata = fields.get("metadata") ?? undefined;
  return {
    tag: Tag.parse(pythonText(required(fields, "tag", `${what}.`))),
    module: fields.get("module") === undefined ? null : textOr(fields.get("module"), null),
    ...readTime(fields.get(names.creationTime)),
    ...(alias === undefined ? {} : { alias: pythonText(alias) }),
    registry: textOr(fields.get("registry"), "bentoml"),
    ...(metadata === undefined ? {} : { metadata: readOpaqueMap(metadata, `${what}.metadata`) }),
  };
}

function readService(value: unknown, what: string): BentoServiceInfo {
  const fields = fieldsOf(value, what);
  return {
    name: pythonText(required(fields, "name", `${what}.`)),
    service: textOr(fields.get("service"), ""),
    models: readModels(fields.get("models"), `${what}.models`),
    dependencies: readList(fields.get("dependencies"), `${what}.dependencies`).map((each, index) =>
      readDependency(each, `${what}.dependencies[${index}]`),
    ),
    config: readOpaqueMap(fields.get("config"), `${what}.config`),
  };
}

function readDependency(value: unknown, what: string): BentoDependency {
  if (typeof value === "string") return { service: value };
  const fields = fieldsOf(value, what);
  const given = (["service", "deployment", "cluster", "url"] as const).filter((key) => (fields.get(key) ?? null) !== null);
  return Object.fromEntries(given.map((key) => [key, pythonText(fields.get(key))]));
}

function readEnv(value: unknown, what: string): BentoEnv {
  const fields = fieldsOf(value, what);
  const stage = textOr(fields.get("stage"), "all");
  if (!stages.has(stage)) throw invalid(`${what}.stage is ${JSON.stringify(stage)}, not "all", "build" or "runtime".`);
  return {
    name: pythonText(required(fields, "name", `${what}.`)),
    value: textOr(fields.get("value"), ""),
    stage: stage as BentoEnv["stage"],
  };
}

function readRunner(value: unknown, what: string): BentoRunner {
  const fields = fieldsOf(value, what);
  const oldKey = "runner_type";
  return {
    name: pythonText(required(fields, "name", `${what}.`)),
    runnableType: pythonText(fields.has(oldKey) ? fields.get(oldKey) : required(fields, names.runnableType, `${what}.`)),
    embedded: plain(fields.get("embedded")) === true,
    models: readTextList(fields.get("models"), `${what}.models`),
    resourceConfig: plain(fields.get(names.resourceConfig) ?? null),
  };
}

function readApi(value: unknown, what: string): BentoApi {
  const fields = fieldsOf(value, what);
  const text = (key: string): string => pythonText(required(fields, key, `${what}.`));
  return { name: text("name"), inputType: text(names.inputType), outputType: text(names.outputType) };
}

function readTime(value: unknown): { readonly creationTime: Date; readonly creationTimeText: string } {
  const { date, text } = readCreationTime(value ?? noTime);
  return { creationTime: date, creationTimeText: (value ?? undefined) === undefined ? noTime : text };
}

function textOr<T>(value: unknown, fallback: T): string | T {
  return value === undefined || value === null ? fallback : pythonText(value);
}
