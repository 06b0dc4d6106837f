import { FileModelStore } from "@bento/store";
import { train } from "./train.js";

const store = new FileModelStore(); // BENTOML_HOME, else ~/bentoml
const model = await store.create("iris", { labels: { project: "{{name}}" } }, (draft) =>
  draft.write("centroids.json", JSON.stringify(train())),
);
console.log(`saved ${model.tag}`);
