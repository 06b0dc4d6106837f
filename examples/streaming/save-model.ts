// Trains the text model on assets/tales.txt, and saves it into the store (BENTOML_HOME, else ~/bentoml) unless it is there.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { BentoError } from "@bento/core";
import { FileModelStore } from "@bento/store";
import { train } from "./train.js";

// Seen from dist/, where this file runs.
const text = await readFile(new URL("../assets/tales.txt", import.meta.url), "utf8");
const { tokens, continuations } = train(text);
// Of the same text always the same version: it is the same model.
const version = createHash("sha256")
  .update(JSON.stringify([tokens, continuations]))
  .digest("hex")
  .slice(0, 16);
const about = { labels: { task: "text-generation" }, metadata: { tokens: tokens.length, contexts: Object.keys(continuations).length } };

await using store = new FileModelStore();
try {
  const saved = await store.create(`storyteller:${version}`, about, async (draft) => {
    await draft.write("tokens.json", JSON.stringify(tokens));
    await draft.write("continuations.json", JSON.stringify(continuations));
  });
  console.log(`Saved ${saved.tag}.`);
} catch (error) {
  if (!BentoError.is(error, "BENTO_MODEL_EXISTS")) throw error;
  console.log(`The store has storyteller:${version} already.`);
}
