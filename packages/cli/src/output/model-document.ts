import { wireNames } from "@bento/core";
import type { ModelInfo, ModelSignature } from "@bento/store";

/** What `model.yaml` says, as one map under BentoML's names and in its order. */
export function modelDocument(info: ModelInfo): Readonly<Record<string, unknown>> {
  const { context } = info;
  return {
    name: info.tag.name,
    version: info.tag.version,
    module: info.module,
    labels: info.labels,
    options: info.options,
    metadata: info.metadata,
    context: {
      [wireNames.frameworkName]: context.frameworkName,
      [wireNames.frameworkVersions]: context.frameworkVersions,
      [wireNames.bentomlVersion]: context.bentomlVersion,
      [wireNames.pythonVersion]: context.pythonVersion,
    },
    signatures: Object.fromEntries(Object.entries(info.signatures).map(([name, signature]) => [name, signatureDocument(signature)])),
    [wireNames.apiVersion]: info.apiVersion,
    [wireNames.creationTime]: info.creationTimeText,
  };
}

function signatureDocument({ batchable, batchDim, inputSpec, outputSpec }: ModelSignature): Readonly<Record<string, unknown>> {
  return {
    [wireNames.batchable]: batchable,
    ...(batchDim && { [wireNames.batchDim]: batchDim }),
    ...(inputSpec !== undefined && { [wireNames.inputSpec]: inputSpec }),
    ...(outputSpec !== undefined && { [wireNames.outputSpec]: outputSpec }),
  };
}
