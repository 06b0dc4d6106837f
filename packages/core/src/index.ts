/**
 * What every Bento package shares: errors, tags and types. No Node API, no I/O.
 * @module
 */
export type { ApiInput, ApiOutput, ItemOf, ServiceOf } from "./api-sides.js";
export { decodeBase64, encodeBase64 } from "./base64.js";
export type { BatchCost, BatchDecision, BatchPolicy, BatchState, WaitingRequest } from "./batch-policy.js";
export { type ErrorResponse, fromErrorResponse, toErrorResponse } from "./error-body.js";
export { type BentoErrorCode, errorCodes } from "./error-codes.js";
export {
  BentoError,
  type BentoErrorOptions,
  type BentoIssue,
  internalErrorMessage,
  toWire,
  type ValidationCode,
  type WireError,
} from "./errors.js";
export { BentoFile, type FileOptions, type FileSource } from "./file/bento-file.js";
export { BentoImage, mediaTypeOfFormat } from "./file/bento-image.js";
export { fileFromDataUrl, isDataUrl, toDataUrl } from "./file/data-url.js";
export type { FileContent } from "./file/file-content.js";
export { baseName } from "./file/file-name.js";
export type { ImageFormat, ImageHead } from "./file/image/image-head.js";
export { readImageHead } from "./file/image/read-image-head.js";
export { cleanMediaType, essenceOf, matchMediaType } from "./file/media-type.js";
export { mediaTypeOfName } from "./file/media-type-of-name.js";
export { sniffBytes, sniffMediaType } from "./file/sniff-media-type.js";
export { type Reviver, reviverFor, toJson } from "./json.js";
export { checkContainers } from "./json-limit.js";
export type {
  Args,
  BatchReturns,
  Context,
  ContextRequest,
  ContextResponse,
  CookieOptions,
  Got,
  got,
  Identity,
  WorkerInfo,
  JsonSchema,
  Mark,
  Returns,
  Schema,
  SchemaInput,
  SchemaOutput,
  Sent,
  sent,
  WithErrors,
} from "./service-types.js";
export {
  breakEvent,
  bytesEvent,
  bytesEventName,
  bytesOf,
  endEvent,
  errorEvent,
  EventStreamParser,
  eventStreamType,
  heartbeatEvent,
  isEventStream,
  itemEvent,
  keptEventStreamType,
  replaySeconds,
  type ServerEvent,
} from "./event-stream.js";
export { formatRequestTimeout, parseRequestTimeout, requestTimeoutHeader } from "./request-timeout.js";
export { reservedApiNames } from "./reserved-names.js";
export type { Sequence, SequenceSides } from "./sequence.js";
export type { Column, ColumnSource, NumberArray } from "./table/column.js";
export { type AnyRow, DataFrame, type RowOf } from "./table/data-frame.js";
export { type DataFrameSpec, parseDataFrame } from "./table/parse-data-frame.js";
export { isTagPart, Tag, type TagLike } from "./tag.js";
export { type DType, type DTypeInfo, dtypes, isDType, type TensorArrays, type TensorElement } from "./tensor/dtype.js";
export { type Dimension, DimensionNames } from "./tensor/dimension-names.js";
export type { JsonElement } from "./tensor/element.js";
export type { Nested } from "./tensor/nested.js";
export { type ParsedTensor, parseTensor, type TensorSpec } from "./tensor/parse-tensor.js";
export { decodeSafetensors, encodeSafetensors, type Safetensors } from "./tensor/safetensors.js";
export { peekSafetensors, type SafetensorsEntry, type SafetensorsHeader, safetensorsType } from "./tensor/safetensors-header.js";
export { decodeTensorBody, encodeTensorBody, onlyTensor } from "./tensor/tensor-body.js";
export { type DefaultDType, Tensor, type TensorInput, type TensorInputElement } from "./tensor/tensor.js";
export { makeVersion, versionFromUuid1 } from "./version.js";
export { wireNames } from "./wire-names.js";
