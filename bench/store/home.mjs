import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A home of many small models, 10 versions a name, written file by file: making them is not what is measured. */
export async function makeHome(models) {
  const home = await mkdtemp(join(tmpdir(), "bento-bench-"));
  for (let i = 0; i < models; i++) {
    const name = `model-${String(Math.floor(i / 10)).padStart(5, "0")}`;
    const version = `v${i % 10}`;
    const folder = join(home, "models", name, version);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "model.yaml"), modelYaml(name, version, i));
    await writeFile(join(folder, "weights.bin"), "weights");
    if (i % 10 === 9) await writeFile(join(home, "models", name, "latest"), version);
  }
  return { home, remove: () => rm(home, { recursive: true }) };
}

function modelYaml(name, version, i) {
  const time = new Date(Date.UTC(2025, 0, 1) + i * 1000).toISOString().replace("Z", "000+00:00");
  return `name: ${name}
version: ${version}
module: bentoml.onnx
labels:
  team: vision
  stage: production
options: {}
metadata:
  accuracy: 0.984
  rows: ${i}
  classes:
  - cat
  - dog
context:
  framework_name: onnx
  framework_versions:
    onnxruntime: 1.30.0
  bentoml_version: 1.4.39
  python_version: 3.11.7
signatures:
  predict:
    batchable: true
    batch_dim:
    - 0
    - 0
api_version: v1
creation_time: '${time}'
`;
}
