/**
 * The kinds of values besides JSON, as zod types: they stand in `z.object`, in unions and lists, take `.optional()`,
 * `.default()` and all else, and keep what they are in documents. Apart from `@bento/sdk` itself, so that services of
 * other schema libraries need no zod.
 * @module
 */
export { bytes, type BytesOptions } from "./kinds/bytes.js";
export type { ColumnType, ColumnTypes, TypedRow } from "./kinds/column-types.js";
export { dataframe, type DataFrameInput, type DataFrameOptions, type RowOf } from "./kinds/dataframe.js";
export { audio, file, type FileKindOptions, type MediaKindOptions, pdf, video } from "./kinds/file.js";
export type { FileInput, FileInputOf, WebUrl } from "./kinds/file-input.js";
export { image, type ImageOptions } from "./kinds/image.js";
export { byteStream, jsonLines } from "./kinds/stream.js";
export { tensor } from "./kinds/tensor.js";
// What the kinds' types are made of: a declaration that a compiler writes can only name what one of its imports exports.
export type { BentoFile, BentoImage, DataFrame, Dimension, DType, ImageFormat, Tensor, TensorInput } from "@bento/core";
