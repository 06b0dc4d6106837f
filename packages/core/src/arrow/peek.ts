import { jsonKey } from "../tensor/tensor-body.js";
import { type ArrowMessage, messagesOf } from "./messages.js";
import { malformed } from "./malformed.js";
import { readSchema } from "./schema.js";
import { isWholeStream, layoutOf } from "./tensor-layout.js";

/** What is looked at, at most: metadata of so many bytes, and so many messages. More than that only reading it tells. */
const mostMetadataBytes = 64 * 1024;
const mostMessages = 1000;

/** The tensors of a stream by name, without their elements, and what else it says of the value that they are part of. */
export interface ArrowShapes {
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** JSON in which the tensors are named, where the value is no object of these tensors alone. */
  readonly json: string | undefined;
}

/**
 * How many rows an Arrow IPC stream has, by the heads of its messages alone: for those who have to know before anybody
 * reads it. Whether its columns are as long only reading them tells.
 * @returns `undefined` where it has too many messages, or too large a schema, to be looked at in passing
 * @throws BENTO_BAD_REQUEST for what is no such stream
 */
export function peekArrowRows(bytes: Uint8Array): number | undefined {
  return peek(bytes)?.rows.reduce((sum, rows) => sum + rows, 0);
}

/**
 * The shapes of the tensors in an Arrow IPC stream, by the heads of its messages alone.
 * @returns `undefined` as {@link peekArrowRows}
 * @throws BENTO_BAD_REQUEST for what is no such stream, or has a column that is no tensor
 */
export function peekArrowTensors(bytes: Uint8Array): ArrowShapes | undefined {
  const peeked = peek(bytes);
  if (peeked === undefined) return undefined;
  const schema = readSchema(peeked.schema);
  const rows = peeked.rows.reduce((sum, each) => sum + each, 0);
  const isWhole = isWholeStream(schema);
  if (isWhole && (peeked.rows.length !== 1 || rows !== 1)) throw malformed("its tensors are said to be one row each, but are not.");
  const shapes = new Map<string, readonly number[]>();
  for (const field of schema.fields) {
    const { name, cell } = layoutOf(field);
    if (shapes.has(name)) throw malformed(`two of its columns are called ${JSON.stringify(name)}.`);
    shapes.set(name, isWhole ? cell : [rows, ...cell]);
  }
  return { shapes, json: schema.metadata.get(jsonKey) };
}

/** The schema's message, and the rows of each message that has some. */
function peek(bytes: Uint8Array): { readonly schema: ArrowMessage["header"]; readonly rows: readonly number[] } | undefined {
  let schema: ArrowMessage["header"] | undefined;
  const rows: number[] = [];
  let messages = 0;
  let metadataBytes = 0;
  for (const { kind, header, headBytes } of messagesOf(bytes)) {
    messages += 1;
    metadataBytes += headBytes;
    if (messages > mostMessages || metadataBytes > mostMetadataBytes) return undefined;
    if ((kind === "schema") !== (schema === undefined)) throw malformed("its schema is not its first message, and its only one.");
    schema ??= header;
    if (kind !== "records") continue;
    const length = header.int64(0, 0);
    if (length < 0) throw malformed(`it has ${length} rows.`);
    rows.push(length);
  }
  if (schema === undefined) throw malformed("it is empty.");
  return { schema, rows };
}
