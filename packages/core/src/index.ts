/**
 * What every Bento package shares: errors, tags and types. No Node API, no I/O.
 * @module
 */
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
export { type Reviver, reviverFor, toJson } from "./json.js";
export type {
  Args,
  BatchReturns,
  Context,
  ContextRequest,
  ContextResponse,
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
export { isTagPart, Tag, type TagLike } from "./tag.js";
export { makeVersion, versionFromUuid1 } from "./version.js";
export { wireNames } from "./wire-names.js";
