import { InferenceSession, Tensor } from "onnxruntime-node";
import { onnxModel } from "./onnx.mjs";

/** Numbers in the state of one sequence. */
const width = 32;
const layers = 2400;
/** One in so many layers bends: that keeps the states from growing. */
const bend = 8;

/**
 * A recurrent model of our own: many small layers, so that a step costs much by itself and little for each sequence more,
 * as with any model whose weights have to be fetched for each step. Every step gives each sequence its next state and token.
 */
export async function openModel() {
  const weights = Array.from({ length: layers }, (_, at) => ({ name: `w${at}`, dims: [width, width], data: numbers(at + 1) }));
  const nodes = weights.flatMap(({ name }, at) => {
    const product = { op: "MatMul", inputs: [`h${at}`, name], output: `h${at + 1}` };
    if ((at + 1) % bend !== 0) return [product];
    return [
      { ...product, output: `m${at}` },
      { op: "Tanh", inputs: [`m${at}`], output: `h${at + 1}` },
    ];
  });
  nodes.push({ op: "ArgMax", inputs: [`h${layers}`], output: "token", ints: { axis: 1, keepdims: 0 } });
  const state = { type: "float", dims: ["n", width] };
  const bytes = onnxModel({
    nodes,
    weights,
    inputs: [{ name: "h0", ...state }],
    outputs: [
      { name: `h${layers}`, ...state },
      { name: "token", type: "int64", dims: ["n"] },
    ],
  });
  const session = await InferenceSession.create(bytes, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  return new StepModel(session);
}

export class StepModel {
  #session;

  constructor(session) {
    this.#session = session;
  }

  /**
   * One step for several sequences.
   * @param {Float32Array[]} states changed to the next ones
   * @returns {Promise<number[]>} the next token of each
   */
  async step(states) {
    const input = new Float32Array(states.length * width);
    for (const [row, state] of states.entries()) input.set(state, row * width);
    const { [`h${layers}`]: next, token } = await this.#session.run({ h0: new Tensor("float32", input, [states.length, width]) });
    for (const [row, state] of states.entries()) state.set(next.data.subarray(row * width, (row + 1) * width));
    return Array.from(token.data, Number);
  }
}

/** The state that a sequence begins with. @param {number} seed */
export function firstState(seed) {
  return numbers(seed).slice(0, width);
}

/** Numbers that are always the same: of a size at which the states neither die out nor grow. @param {number} seed */
function numbers(seed) {
  let bits = (seed * 2654435761) >>> 0;
  const next = () => {
    bits ^= bits << 13;
    bits ^= bits >>> 17;
    bits ^= bits << 5;
    return (bits >>> 0) / 2 ** 31 - 1;
  };
  for (let warm = 0; warm < 8; warm += 1) next();
  return Float32Array.from({ length: width * width }, () => (next() * 2.2) / Math.sqrt(width));
}
