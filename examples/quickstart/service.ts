import { api, type Args, BentoModel, onShutdown, onStartup, service } from "@bento/sdk";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { z } from "zod";

const Image = z.array(z.number().min(0).max(16)).length(64).describe("8 by 8 pixels, row by row, from 0 (paper) to 16 (ink)");
const Images = z.object({ images: z.array(Image).min(1).max(1000) });

const Reading = z.object({
  digit: z.int().min(0).max(9),
  probability: z.number(),
  all: z.array(z.number()).length(10).describe("the probability of each digit from 0 to 9"),
});

@service({ name: "digits", description: "Reads handwritten digits." })
export class Digits {
  readonly model = new BentoModel("digits:latest");
  #session!: InferenceSession;

  @onStartup()
  protected async load() {
    // As many threads as this worker's share of the cores: more of them would only stand in each other's way.
    const intraOpNumThreads = Number(process.env["OMP_NUM_THREADS"] ?? 0);
    this.#session = await InferenceSession.create(this.model.resolvePath("model.onnx"), { intraOpNumThreads });
  }

  @onShutdown()
  protected async release() {
    await this.#session?.release();
  }

  @api({ input: Images, output: z.array(z.int()), description: "The digit on each image." })
  async classify({ images }: Args<typeof Images>): Promise<number[]> {
    const { labels } = await this.#run(images);
    return labels;
  }

  @api({ input: Images, output: z.array(Reading), description: "The digit on each image, and how sure the model is of each." })
  async probabilities({ images }: Args<typeof Images>): Promise<z.infer<typeof Reading>[]> {
    const { labels, probabilities } = await this.#run(images);
    return labels.map((digit, i) => {
      const all = Array.from(probabilities.slice(i * 10, (i + 1) * 10));
      return { digit, probability: all[digit] ?? 0, all };
    });
  }

  async #run(images: readonly (readonly number[])[]) {
    const input = new Tensor("float32", Float32Array.from(images.flat()), [images.length, 64]);
    const { label, probabilities } = await this.#session.run({ X: input });
    return { labels: Array.from(label?.data as BigInt64Array, Number), probabilities: probabilities?.data as Float32Array };
  }
}
