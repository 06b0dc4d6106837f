import { BentoError } from "@bento/core";
import { FileModelStore } from "@bento/store";

// Seen from dist/, where this file runs.
const file = new URL("../assets/model.onnx", import.meta.url);

/** Saves the model of assets/ into the store (BENTOML_HOME, else ~/bentoml), unless it is there already. */
export async function saveModel(): Promise<void> {
  await using store = new FileModelStore();
  const about = { labels: { task: "classification", dataset: "digits" }, context: { frameworkName: "onnx" } };
  try {
    await store.create("digits:batching-example", about, (draft) => draft.copy(file));
  } catch (error) {
    if (!BentoError.is(error, "BENTO_MODEL_EXISTS")) throw error;
  }
}
