import type { DType } from "../tensor/dtype.js";
import { sizeOfShape } from "../tensor/shape.js";
import type { ArrowType } from "./arrow-type.js";
import { malformed } from "./malformed.js";
import type { ArrowField, ArrowSchema } from "./schema.js";

/** Arrow's own name for a column of tensors of one shape. */
export const extensionName = "arrow.fixed_shape_tensor";
export const nameKey = "ARROW:extension:name";
export const shapeKey = "ARROW:extension:metadata";
/** Of a column: its dtype, where Arrow has none of that name. */
export const dtypeKey = "bento.dtype";
/** Of the stream: each tensor is one row, because they have not the same number of rows. */
export const wholeKey = "bento.whole";

/** How a column is a tensor. */
export interface TensorLayout {
  readonly name: string;
  readonly dtype: DType;
  /** The shape of each row. */
  readonly cell: readonly number[];
}

/** Whether each tensor of a stream is one row of it. */
export function isWholeStream({ metadata }: ArrowSchema): boolean {
  return metadata.has(wholeKey);
}

/** @throws BENTO_BAD_REQUEST for a column that is no tensor */
export function layoutOf(field: ArrowField): TensorLayout {
  const { name, type, children } = field;
  const items = type.kind === "fixed-list" ? children[0] : field;
  const dtype = items && !field.dictionary && !items.dictionary ? dtypeOf(items.type, field) : undefined;
  if (dtype === undefined) {
    throw malformed(`the column ${JSON.stringify(name)} is no tensor: its cells are neither numbers nor lists of a fixed size of them.`);
  }
  return { name, dtype, cell: type.kind === "fixed-list" ? cellShape(field, type.size) : [] };
}

function cellShape({ name, metadata }: ArrowField, size: number): readonly number[] {
  if (metadata.get(nameKey) !== extensionName) return [size];
  const { shape, permutation } = parseObject(metadata.get(shapeKey) ?? "");
  if (!isShape(shape) || sizeOfShape(shape) !== size) {
    throw malformed(
      `the column ${JSON.stringify(name)} has cells of ${size} elements, which is not what its shape says: ${metadata.get(shapeKey)?.slice(0, 100)}.`,
    );
  }
  if (Array.isArray(permutation) && permutation.some((dimension, index) => dimension !== index)) {
    throw malformed(`the column ${JSON.stringify(name)} has tensors whose dimensions are permuted.`, "Send them in row-major order.");
  }
  return shape;
}

/** Characters: far more than a shape takes, and no work to parse, whatever they are. */
const longestMetadata = 10_000;

function parseObject(text: string): Readonly<Record<string, unknown>> {
  if (text.length > longestMetadata) return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function isShape(value: unknown): value is number[] {
  return Array.isArray(value) && sizeOfShape(value as number[]) !== undefined;
}

function dtypeOf(type: ArrowType, { metadata }: ArrowField): DType | undefined {
  if (type.kind === "bool") return "bool";
  if (type.kind === "float") return `float${type.bits}`;
  if (type.kind !== "int") return undefined;
  if (metadata.get(dtypeKey) === "bfloat16" && type.bits === 16 && !type.signed) return "bfloat16";
  return `${type.signed ? "int" : "uint"}${type.bits}`;
}
