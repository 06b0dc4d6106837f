import { api, type Args, BentoModel, onShutdown, onStartup, service } from "@bento/sdk";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { z } from "zod";

const pixels = 64;
const Image = z.array(z.number().min(0).max(16)).length(pixels).describe("8 by 8 pixels, row by row, from 0 (paper) to 16 (ink)");
const Images = z.object({ images: z.array(Image).min(1).max(1000) });
const DigitOfEach = z.array(z.int());

/** One model behind two endpoints, which differ in a single option. */
@service({ name: "digits", description: "Reads handwritten digits, in batches and one request at a time." })
export class Digits {
  readonly model = new BentoModel("digits:batching-example");
  #session!: InferenceSession;

  @onStartup()
  protected async load() {
    // So small a model is done before a second thread has woken up.
    this.#session = await InferenceSession.create(this.model.resolvePath("model.onnx"), { intraOpNumThreads: 1 });
  }

  @onShutdown()
  protected async release() {
    await this.#session?.release();
  }

  @api({ input: Images, output: DigitOfEach, batchable: true, maxBatchSize: 64, description: "Gathers the images of many requests." })
  async inBatches({ images }: Args<typeof Images>): Promise<number[]> {
    return this.#run(images);
  }

  @api({ input: Images, output: DigitOfEach, description: "Runs the model once for each request." })
  async oneByOne({ images }: Args<typeof Images>): Promise<number[]> {
    return this.#run(images);
  }

  async #run(images: readonly (readonly number[])[]): Promise<number[]> {
    const data = new Float32Array(images.length * pixels);
    images.forEach((image, i) => data.set(image, i * pixels));
    const { label } = await this.#session.run({ X: new Tensor("float32", data, [images.length, pixels]) });
    return Array.from(label?.data as BigInt64Array, Number);
  }
}
