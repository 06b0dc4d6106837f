// Saves the model of assets/ into the store (BENTOML_HOME, else ~/bentoml), unless it is there already.
import { readFile } from "node:fs/promises";
import { BentoError } from "@bento/core";
import { FileModelStore, type StoredModel } from "@bento/store";

// Seen from dist/, where this file runs.
const assets = new URL("../assets/", import.meta.url);

interface Card {
  readonly task: string;
  readonly classes: string[];
  readonly accuracy: number;
  readonly rows: number;
  readonly source: string;
}

await using store = new FileModelStore();
const known = await find("digits");
console.log(known ? `The store has ${known.tag} already.` : `Saved ${(await save()).tag}.`);

async function find(name: string): Promise<StoredModel | undefined> {
  try {
    return await store.get(name);
  } catch (error) {
    if (BentoError.is(error, "BENTO_MODEL_NOT_FOUND")) return undefined;
    throw error;
  }
}

async function save(): Promise<StoredModel> {
  const { task, classes, accuracy, rows, source } = JSON.parse(await readFile(new URL("card.json", assets), "utf8")) as Card;
  const about = {
    labels: { task, dataset: "digits" },
    metadata: { accuracy, test_rows: rows, classes, source },
    context: { frameworkName: "onnx", frameworkVersions: { "scikit-learn": "1.9.1", skl2onnx: "1.20.0" } },
    signatures: { run: { batchable: true } },
  };
  return store.create("digits", about, (draft) => draft.copy(new URL("model.onnx", assets)));
}
