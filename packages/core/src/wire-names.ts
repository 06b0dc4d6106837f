/**
 * The one table from the names of our options to BentoML's names on disk and on the wire.
 * TypeScript is camelCase, files and HTTP keep the names that Python reads and writes.
 */
export const wireNames = {
  apiVersion: "api_version",
  batchDim: "batch_dim",
  batchable: "batchable",
  bentomlVersion: "bentoml_version",
  creationTime: "creation_time",
  frameworkName: "framework_name",
  frameworkVersions: "framework_versions",
  inputSpec: "input_spec",
  isStream: "is_stream",
  isTask: "is_task",
  mediaType: "media_type",
  outputSpec: "output_spec",
  pythonVersion: "python_version",
  rootInput: "root_input",
} as const;
