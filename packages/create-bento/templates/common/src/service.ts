import { api, type Args, BentoModel, onStartup, service } from "@bento/sdk";
import { z } from "zod";

const Flowers = z.object({
  flowers: z
    .array(z.array(z.number()).length(4))
    .min(1)
    .meta({ examples: [[[5.1, 3.5, 1.4, 0.2]]] }),
});

@service({ name: "{{name}}", description: "Names iris flowers by four measurements in centimetres." })
export class Iris {
  model = new BentoModel("iris:latest"); // read on first use, then the same version for the life of the instance
  #centroids: Record<string, number[]> = {};

  @onStartup()
  protected async load() {
    this.#centroids = (await this.model.json("centroids.json")) as Record<string, number[]>;
  }

  @api({ input: Flowers, output: z.array(z.string()), description: "One species for each flower." })
  async classify({ flowers }: Args<typeof Flowers>) {
    return flowers.map((flower) => {
      const distances = Object.entries(this.#centroids).map(([name, centre]) => ({ name, distance: distance(flower, centre) }));
      return distances.reduce((nearest, other) => (other.distance < nearest.distance ? other : nearest)).name;
    });
  }
}

const distance = (a: number[], b: number[]) => Math.hypot(...a.map((value, i) => value - (b[i] ?? 0)));
