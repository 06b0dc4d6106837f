import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { StoredModel } from "@bento/store";
import type { ReadByPython } from "./python-session.js";
import { comparable, comparablePython } from "./typed-json.js";

/** What one side says of a model, in a form that compares by `toEqual`. */
export type ComparableModel = Readonly<Record<string, unknown>>;

/** Our store's reading of a model. */
export async function readByUs(model: StoredModel): Promise<ComparableModel> {
  const { info } = model;
  const listed = await model.files();
  const files = listed.map(async ({ path, size }) => {
    const content = await model.read(path);
    const executable = ((await stat(join(model.path, path))).mode & 0o100) !== 0;
    return [path, { size, sha256: createHash("sha256").update(content).digest("hex"), executable }] as const;
  });
  return {
    tag: String(model.tag),
    path: model.path,
    size: model.size,
    module: info.module,
    labels: info.labels,
    options: comparable(info.options),
    metadata: comparable(info.metadata),
    context: { ...info.context },
    signatures: Object.fromEntries(
      Object.entries(info.signatures).map(([name, signature]) => [
        name,
        {
          batchable: signature.batchable,
          batchDim: signature.batchable ? signature.batchDim : undefined,
          inputSpec: comparable(signature.inputSpec ?? null),
          outputSpec: comparable(signature.outputSpec ?? null),
        },
      ]),
    ),
    apiVersion: info.apiVersion,
    creationTime: info.creationTime.getTime(),
    files: Object.fromEntries(await Promise.all(files)),
  };
}

/** Python's reading of the same model. Our manifest, which `files()` does not list, is left out here too. */
export function readByPython(model: ReadByPython): ComparableModel {
  const { yaml: _yaml, dumpedYaml: _dumpedYaml, directories: _directories, ...rest } = model;
  return {
    ...rest,
    options: comparablePython(model.options),
    metadata: comparablePython(model.metadata),
    signatures: Object.fromEntries(
      Object.entries(model.signatures).map(([name, signature]) => [
        name,
        {
          batchable: signature.batchable,
          batchDim: signature.batchable ? signature.batchDim : undefined,
          inputSpec: comparablePython(signature.inputSpec),
          outputSpec: comparablePython(signature.outputSpec),
        },
      ]),
    ),
    creationTime: Math.floor(Date.parse(model.creationTime)),
    files: Object.fromEntries(Object.entries(model.files).filter(([path]) => path !== ".manifest.json")),
  };
}
