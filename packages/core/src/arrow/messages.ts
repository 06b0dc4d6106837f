import { FlatReader, type FlatTable } from "./flat-reader.js";
import { malformed } from "./malformed.js";

/** One message of a stream. */
export interface ArrowMessage {
  readonly kind: "schema" | "dictionary" | "records";
  readonly header: FlatTable;
  /** The bytes of its columns. */
  readonly body: Uint8Array;
  /** How many bytes tell of them. */
  readonly headBytes: number;
}

const kinds = new Map([
  [1, "schema"],
  [2, "dictionary"],
  [3, "records"],
] as const);
const continuation = 0xff_ff_ff_ff;
/** Versions of Arrow's metadata that are laid out as they are read here: those since 0.8. */
const versions = [3, 4];
const fileMagic = "ARROW1";

/**
 * The messages of a stream, to its end mark or the end of the bytes.
 * @source https://arrow.apache.org/docs/format/Columnar.html#ipc-streaming-format
 * @throws BENTO_BAD_REQUEST
 */
export function* messagesOf(bytes: Uint8Array): Generator<ArrowMessage, void, undefined> {
  refuseFile(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  while (at < bytes.byteLength) {
    if (at + 8 > bytes.byteLength) throw malformed(`it ends within the head of a message, at byte ${bytes.byteLength}.`);
    if (view.getUint32(at, true) !== continuation) throw malformed(`no message begins at byte ${at}.`);
    const size = view.getUint32(at + 4, true);
    at += 8;
    if (size === 0) break;
    if (at + size > bytes.byteLength)
      throw malformed(`a message at byte ${at - 8} has metadata of ${size} bytes, but ${bytes.byteLength - at} are left.`);
    const message = readMessage(bytes.subarray(at, at + size), bytes.subarray(at + size));
    at += size + message.body.byteLength;
    yield message;
  }
  if (at < bytes.byteLength) throw malformed(`${bytes.byteLength - at} bytes follow its end.`);
}

function readMessage(metadata: Uint8Array, rest: Uint8Array): ArrowMessage {
  const message = new FlatReader(metadata).root();
  const version = message.int16(0, 0);
  if (!versions.includes(version)) throw malformed(`its version is ${version}; those that are read are ${versions.join(" and ")}.`);
  const kind = kinds.get(message.int8(1, 0) as 1);
  const header = message.table(2);
  if (!kind || !header) throw malformed(`it has a message of the unknown kind ${message.int8(1, 0)}.`);
  const length = message.int64(3, 0);
  if (length < 0 || length > rest.byteLength) throw malformed(`a message has a body of ${length} bytes, but ${rest.byteLength} are left.`);
  return { kind, header, body: rest.subarray(0, length), headBytes: metadata.byteLength };
}

function refuseFile(bytes: Uint8Array): void {
  const start = String.fromCharCode(...bytes.subarray(0, fileMagic.length));
  if (start === fileMagic) throw malformed("it is an Arrow file.", "Send the stream format, as pyarrow.ipc.new_stream writes it.");
}
