// Just enough of ONNX's protocol buffers to write a model of our own: what a step costs is then the cost of a real run.

/** @typedef {{ name: string, dims: number[], data: Float32Array }} Weights */
/** @typedef {{ op: string, inputs: string[], output: string, ints?: Record<string, number> }} Node */
/** @typedef {{ name: string, type: "float" | "int64", dims: (number | string)[] }} Port */

const elementTypes = { float: 1, int64: 7 };

/**
 * A model as ONNX Runtime reads it.
 * @param {{ nodes: Node[], weights: Weights[], inputs: Port[], outputs: Port[] }} graph
 * @returns {Buffer}
 */
export function onnxModel({ nodes, weights, inputs, outputs }) {
  const graph = message(
    ...nodes.map((node) => field(1, nodeMessage(node))),
    field(2, text("steps")),
    ...weights.map((each) => field(5, weightsMessage(each))),
    ...inputs.map((port) => field(11, portMessage(port))),
    ...outputs.map((port) => field(12, portMessage(port))),
  );
  return message(field(1, 8), field(7, graph), field(8, message(field(1, text("")), field(2, 13))));
}

/** @param {Node} node */
function nodeMessage({ op, inputs, output, ints = {} }) {
  const attributes = Object.entries(ints).map(([name, value]) => message(field(1, text(name)), field(3, value), field(20, 2)));
  return message(
    ...inputs.map((name) => field(1, text(name))),
    field(2, text(output)),
    field(4, text(op)),
    ...attributes.map((attribute) => field(5, attribute)),
  );
}

/** @param {Weights} weights */
function weightsMessage({ name, dims, data }) {
  const raw = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return message(...dims.map((dim) => field(1, dim)), field(2, elementTypes.float), field(8, text(name)), field(9, raw));
}

/** @param {Port} port */
function portMessage({ name, type, dims }) {
  const shape = message(...dims.map((dim) => field(1, typeof dim === "number" ? message(field(1, dim)) : message(field(2, text(dim))))));
  return message(field(1, text(name)), field(2, message(field(1, message(field(1, elementTypes[type]), field(2, shape))))));
}

/** @param {...Buffer} fields */
function message(...fields) {
  return Buffer.concat(fields);
}

/** A number as a varint, anything else with its length. @param {number} number @param {number | Buffer} value */
function field(number, value) {
  if (typeof value === "number") return Buffer.concat([varint(number << 3), varint(value)]);
  return Buffer.concat([varint((number << 3) | 2), varint(value.length), value]);
}

/** @param {number} value */
function varint(value) {
  const bytes = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) return Buffer.from([...bytes, left]);
    bytes.push((left % 128) | 128);
  }
}

/** @param {string} value */
function text(value) {
  return Buffer.from(value);
}
