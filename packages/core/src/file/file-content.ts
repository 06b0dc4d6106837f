/** Where the bytes of a file come from. A {@link BentoFile} is one of these with a name and a media type. */
export interface FileContent {
  /** Bytes, where that is known before they are read. */
  readonly size: number | undefined;
  /** Where the content lies on this machine, if it does. */
  readonly path?: string | undefined;
  /**
   * The content from its beginning. Nothing is read before the stream is; cancelling it frees what it holds.
   * @throws BENTO_FILE_UNREADABLE when the content could be read once and was
   */
  stream(): ReadableStream<Uint8Array>;
  /** The whole content; absent where reading the stream is as good. */
  bytes?(): Promise<Uint8Array>;
  /** The bytes from `start` up to `end`, fewer where the content ends; absent where only the stream can tell. */
  range?(start: number, end: number): Promise<Uint8Array>;
  /** A Blob with this very content; absent where only its bytes could make one. */
  blob?(): Promise<Blob>;
}

/** The chunks of a memory's stream; large enough to be cheap, small enough that cancelling saves something. */
const chunkBytes = 64 * 1024;

/** Bytes that are in memory. They are shared, not copied: what is read from the file are views of them. */
export class MemoryContent implements FileContent {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get size(): number {
    return this.#bytes.byteLength;
  }

  stream(): ReadableStream<Uint8Array> {
    return new ReadableStream(new MemorySource(this.#bytes), { highWaterMark: 0 });
  }

  bytes(): Promise<Uint8Array> {
    return Promise.resolve(this.#bytes);
  }

  range(start: number, end: number): Promise<Uint8Array> {
    return Promise.resolve(this.#bytes.subarray(start, end));
  }
}

class MemorySource implements UnderlyingDefaultSource<Uint8Array> {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  pull(controller: ReadableStreamDefaultController<Uint8Array>): void {
    if (this.#at >= this.#bytes.byteLength) return controller.close();
    controller.enqueue(this.#bytes.subarray(this.#at, this.#at + chunkBytes));
    this.#at += chunkBytes;
  }
}

/** The content of a Blob or File, which the platform may hold on disk. */
export class BlobContent implements FileContent {
  readonly #blob: Blob;

  constructor(blob: Blob) {
    this.#blob = blob;
  }

  get size(): number {
    return this.#blob.size;
  }

  stream(): ReadableStream<Uint8Array> {
    return this.#blob.stream();
  }

  async bytes(): Promise<Uint8Array> {
    return new Uint8Array(await this.#blob.arrayBuffer());
  }

  async range(start: number, end: number): Promise<Uint8Array> {
    return new Uint8Array(await this.#blob.slice(start, end).arrayBuffer());
  }

  blob(): Promise<Blob> {
    return Promise.resolve(this.#blob);
  }
}
