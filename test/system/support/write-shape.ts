import type { ModelInput, ModelStore, StoredModel } from "@bento/store";
import type { ModelShape } from "./model-shapes.js";
import type { PythonModelInput } from "./python-session.js";
import { toOurs, type TypedJson } from "./typed-json.js";

/** Has our store write a shape. */
export function writeByUs(store: ModelStore, shape: ModelShape): Promise<StoredModel> {
  const { tag, files = [], directories = [], metadata, options, signatures, ...rest } = shape;
  const input = {
    ...rest,
    metadata: metadata && (toOurs(metadata) as ModelInput["metadata"]),
    options: options && (toOurs(options) as Record<string, unknown>),
    signatures:
      signatures &&
      Object.fromEntries(
        Object.entries(signatures).map(([name, { inputSpec = null, outputSpec = null, ...signature }]) => [
          name,
          { ...signature, inputSpec: toOurs(inputSpec), outputSpec: toOurs(outputSpec) },
        ]),
      ),
  };
  return store.create(tag, input, async (draft) => {
    for (const folder of directories) await draft.mkdir(folder);
    for (const { path, content, executable = false } of files) await draft.write(path, content, { executable });
  });
}

/** The same shape as Python is asked to write it. */
export function shapeForPython(shape: ModelShape): PythonModelInput {
  const { tag, module, apiVersion, labels, metadata, options, context, signatures, files = [], directories = [] } = shape;
  return {
    tag,
    ...(module !== undefined && { module }),
    ...(apiVersion !== undefined && { api_version: apiVersion }),
    ...(labels && { labels }),
    ...(metadata && { metadata }),
    ...(options && { options }),
    ...(context && {
      context: {
        framework_name: context.frameworkName,
        framework_versions: context.frameworkVersions,
        bentoml_version: context.bentomlVersion,
        python_version: context.pythonVersion,
      },
    }),
    ...(signatures && {
      signatures: Object.fromEntries(Object.entries(signatures).map(([name, signature]) => [name, snakeSignature(signature)])),
    }),
    directories,
    files: files.map(({ path, content, executable = false }) => ({ path, base64: Buffer.from(content).toString("base64"), executable })),
  };
}

function snakeSignature(signature: NonNullable<ModelShape["signatures"]>[string]): TypedJson {
  const { batchable, batchDim, inputSpec, outputSpec } = signature;
  return {
    batchable,
    ...(batchDim !== undefined && { batch_dim: typeof batchDim === "number" ? batchDim : { $type: "tuple", items: batchDim } }),
    ...(inputSpec !== undefined && { input_spec: inputSpec }),
    ...(outputSpec !== undefined && { output_spec: outputSpec }),
  };
}
