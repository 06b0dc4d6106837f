/**
 * Tables and tensors as Arrow IPC streams, which pyarrow, pandas and polars read and write. Needs no other package.
 * @module
 */
export { arrowType, decodeArrowTable, encodeArrowTable } from "./arrow/table.js";
export { decodeArrowTensors, encodeArrowTensors } from "./arrow/tensors.js";
export { type ArrowShapes, peekArrowRows, peekArrowTensors } from "./arrow/peek.js";
