import { wireNames as names } from "@bento/core";
import type { BentoInfo, BentoModelReference, BentoRunner, BentoServiceInfo } from "./bento-info.js";
import { condaKeys, dockerKeys, imageKeys, pythonKeys, sectionDocument } from "./bento-sections.js";

/** What `bento.yaml` says, as one map under BentoML's names and in its order; every key is there. */
export function bentoDocument(info: BentoInfo): Readonly<Record<string, unknown>> {
  return {
    service: info.service,
    name: info.tag.name,
    version: info.tag.version ?? null,
    [names.bentomlVersion]: info.bentomlVersion,
    [names.creationTime]: info.creationTimeText,
    labels: info.labels,
    models: info.models.map(modelDocument),
    [names.entryService]: info.entryService,
    services: info.services.map(serviceDocument),
    envs: info.envs.map(({ name, value, stage }) => ({ name, value, stage })),
    schema: info.schema,
    args: info.args,
    spec: info.spec,
    ...(info.spec === 2
      ? { image: sectionDocument(info.image, imageKeys) }
      : {
          runners: info.runners.map(runnerDocument),
          apis: info.apis.map(({ name, inputType, outputType }) => ({
            name,
            [names.inputType]: inputType,
            [names.outputType]: outputType,
          })),
          docker: sectionDocument(info.docker, dockerKeys),
          python: sectionDocument(info.python, pythonKeys),
          conda: sectionDocument(info.conda, condaKeys),
        }),
  };
}

function modelDocument({ tag, module, creationTimeText, alias, registry, metadata }: BentoModelReference): object {
  return {
    tag: tag.toString(),
    module,
    [names.creationTime]: creationTimeText,
    ...(alias === undefined ? {} : { alias }),
    ...(registry === "bentoml" ? {} : { registry }),
    ...(metadata === undefined ? {} : { metadata }),
  };
}

function serviceDocument({ name, service, models, dependencies, config }: BentoServiceInfo): object {
  return { name, service, models: models.map(modelDocument), dependencies, config };
}

function runnerDocument({ name, runnableType, embedded, models, resourceConfig }: BentoRunner): object {
  return { name, [names.runnableType]: runnableType, embedded, models, [names.resourceConfig]: resourceConfig };
}
