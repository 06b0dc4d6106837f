import { api, defineService } from "@bento/sdk";
import { tensor } from "@bento/sdk/kinds";

const Image = tensor("float32", ["n", 1000]);

export const Tensors = defineService({
  name: "Tensors",
  apis: {
    // Does nothing: what is measured is the way there and back.
    echo: api({ input: Image, output: Image }, (x) => x),
  },
});
