import { BentoError } from "../errors.js";
import { type DType, dtypes, newArray, type TensorArrays } from "../tensor/dtype.js";
import { maxDimensions, sizeOfShape } from "../tensor/shape.js";
import { joinTensors, jsonKey, takeTensors } from "../tensor/tensor-body.js";
import { Tensor } from "../tensor/tensor.js";
import type { WrittenType } from "./arrow-type.js";
import { isSet, storedNumbersOf } from "./cells.js";
import { malformed } from "./malformed.js";
import { readArrowStream } from "./read-stream.js";
import { dtypeKey, extensionName, isWholeStream, layoutOf, nameKey, shapeKey, type TensorLayout, wholeKey } from "./tensor-layout.js";
import type { ArrowVector } from "./vector.js";
import { bitsOf, type WrittenColumns, writeField } from "./write-column.js";
import { writeArrowStream } from "./write-stream.js";

/** A byte holds eight booleans, which are a byte each in a tensor; rows count as well. */
const cellsPerByte = 16;

/**
 * A value with tensors as an Arrow IPC stream: each tensor is a column, and each of its rows along the first dimension a
 * cell. A tensor of one dimension is a column of numbers; of more, one of Arrow's `arrow.fixed_shape_tensor`, which
 * pyarrow reads. Tensors that differ in their first dimension, or have none, are one cell each.
 *
 * What is no tensor goes as JSON in the schema's metadata, as in {@link takeTensors}. A bfloat16, which Arrow lacks, goes
 * as the uint16 of its bits.
 * @returns chunks to be written one after the other; those of the tensors are their own memory, but for booleans
 */
export function encodeArrowTensors(value: unknown): Uint8Array[] {
  const { tensors, json } = takeTensors(value);
  const [first] = tensors.values();
  const rows = first?.shape[0];
  const isWhole = tensors.size > 0 && !Array.from(tensors.values()).every(({ shape }) => shape.length > 0 && shape[0] === rows);
  const target: WrittenColumns = { nodes: [], buffers: [] };
  const fields = Array.from(tensors, ([name, tensor]) => {
    const shape = isWhole ? [1, ...tensor.shape] : tensor.shape;
    return writeTensor(name, tensor, shape, target);
  });
  const metadata: [string, string][] = json === undefined ? [] : [[jsonKey, json]];
  if (isWhole) metadata.push([wholeKey, "true"]);
  return writeArrowStream({ ...target, fields, metadata, length: isWhole ? 1 : (rows ?? 0) });
}

function writeTensor(name: string, tensor: Tensor, shape: readonly number[], target: WrittenColumns): ReturnType<typeof writeField> {
  const [rows = 0, ...cell] = shape;
  const type = typeOf(tensor.dtype);
  const metadata: [string, string][] = tensor.dtype === "bfloat16" ? [[dtypeKey, tensor.dtype]] : [];
  const { buffer, byteOffset, byteLength } = tensor.data;
  const values =
    tensor.dtype === "bool" ? bitsOf(tensor.data as Uint8Array, (bit) => bit !== 0) : new Uint8Array(buffer, byteOffset, byteLength);
  const none = new Uint8Array();
  if (cell.length === 0) {
    target.nodes.push([rows, 0]);
    target.buffers.push(none, values);
    return writeField(name, { type }, metadata);
  }
  const size = sizeOfShape(cell) ?? 0;
  if (size > 2 ** 31 - 1) {
    throw new BentoError(
      "BENTO_INPUT_INVALID",
      `A cell of Arrow holds less than 2^31 elements, but each row of the tensor "${name}" has ${size}.`,
    );
  }
  target.nodes.push([rows, 0], [rows * size, 0]);
  target.buffers.push(none, none, values);
  metadata.push([nameKey, extensionName], [shapeKey, JSON.stringify({ shape: cell })]);
  return writeField(name, { type: { kind: "fixed-list", size }, items: { type } }, metadata);
}

/**
 * The value in an Arrow IPC stream that {@link encodeArrowTensors} wrote, or any other whose columns are numbers, lists of
 * a fixed size or tensors of a fixed shape, without nulls. Of one message of rows, tensors are views of `bytes` where they
 * lie at a multiple of their element's size.
 * @throws BENTO_BAD_REQUEST for anything else, in time and memory bounded by its length
 */
export function decodeArrowTensors(bytes: Uint8Array): unknown {
  const { schema, batches } = readArrowStream(bytes, cellsPerByte);
  const isWhole = isWholeStream(schema);
  const columns = schema.fields.map(layoutOf);
  const parts: Tensor[][] = columns.map(() => []);
  for (const { vectors } of batches) {
    for (const [index, vector] of vectors.entries()) {
      const layout = columns[index];
      if (layout) parts[index]?.push(tensorOf(vector, layout, isWhole));
    }
  }
  const tensors = new Map<string, Tensor>();
  for (const [index, { name, dtype, cell }] of columns.entries()) {
    if (tensors.has(name)) throw malformed(`two of its columns are called ${JSON.stringify(name)}.`);
    const rows = parts[index] ?? [];
    const [first] = rows;
    if (isWhole && (!first || rows.length > 1)) throw notWhole(name, rows.length);
    const joined = rows.length > 1 ? Tensor.concat(rows) : first;
    tensors.set(name, joined ?? new Tensor<DType>(dtype, [0, ...cell], newArray(dtype, 0)));
  }
  return joinTensors({ tensors, json: schema.metadata.get(jsonKey) }, "Arrow columns");
}

function tensorOf(vector: ArrowVector, { name, dtype, cell }: TensorLayout, isWhole: boolean): Tensor {
  const items = vector.field.type.kind === "fixed-list" ? vector.children[0] : vector;
  if (!items || vector.validity || items.validity) throw malformed(`the column ${JSON.stringify(name)} has nulls, which a tensor has not.`);
  if (isWhole && vector.length !== 1) throw notWhole(name, vector.length);
  const shape = isWhole ? cell : [vector.length, ...cell];
  if (shape.length > maxDimensions)
    throw malformed(`the column ${JSON.stringify(name)} has tensors of more than ${maxDimensions} dimensions.`);
  return new Tensor<DType>(dtype, shape, elementsOf(items));
}

function elementsOf(items: ArrowVector): TensorArrays[DType] {
  const { field, values, length } = items;
  if (field.type.kind !== "bool") return storedNumbersOf(field.type, items) as TensorArrays[DType];
  const elements = new Uint8Array(length);
  for (let index = 0; index < length; index++) elements[index] = Number(isSet(values, index));
  return elements;
}

function notWhole(name: string, rows: number): BentoError {
  return malformed(`the tensor ${JSON.stringify(name)} is said to be one row, but there are ${rows}.`);
}

function typeOf(dtype: DType): WrittenType {
  if (dtype === "bool") return { kind: "bool" };
  const bits = (dtypes[dtype].bytes * 8) as 16 | 32 | 64;
  if (dtype !== "bfloat16" && dtypes[dtype].kind === "float") return { kind: "float", bits };
  return { kind: "int", bits, signed: dtype.startsWith("int") };
}
