import { fileURLToPath } from "node:url";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { z } from "zod";

/** What every server here takes: images of digits, 8 by 8. */
export const Images = z.object({
  images: z
    .array(z.array(z.number().min(0).max(16)).length(64))
    .min(1)
    .max(1000),
});
export const path = "/classify";

// One thread: more of them stand in the way of the process that serves, on few processors.
const session = await InferenceSession.create(fileURLToPath(new URL("../../../examples/quickstart/assets/model.onnx", import.meta.url)), {
  intraOpNumThreads: 1,
});

/** The digit on each image. */
export async function classify({ images }) {
  const pixels = new Float32Array(images.length * 64);
  for (const [at, image] of images.entries()) pixels.set(image, at * 64);
  const { label } = await session.run({ X: new Tensor("float32", pixels, [images.length, 64]) });
  return Array.from(label.data, Number);
}
