// The service of linear.py in JavaScript.
import { readFile } from "node:fs/promises";
import { api, BentoModel, defineService } from "@bento/sdk";
import { z } from "zod";

const model = new BentoModel("linear:latest");
let weights;

export const Linear = defineService({
  name: "Linear",
  models: { model },
  startup: async () => {
    weights = JSON.parse(await readFile(model.resolvePath("weights.json"), "utf8"));
  },
  apis: {
    predict: api({ input: z.object({ features: z.array(z.number()) }), output: z.number() }, ({ features }) =>
      features.reduce((sum, feature, index) => sum + feature * weights[index], 0),
    ),
  },
});
