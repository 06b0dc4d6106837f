import { BentoFile } from "@bento/core";
import { PathContent } from "@bento/sdk/runtime";

/** A file that holds what came with a request, for as long as that is worked on. */
export interface SpooledFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

/** Where the bytes of an upload are: in memory, or in a file. */
export type Content = Uint8Array | SpooledFile;

/** What came with a request as a file: its bytes, and what its sender says of them. */
export class Upload {
  /** What it is called, as it came. */
  readonly filename: string | undefined;
  /** Its media type, as it came. */
  readonly type: string | undefined;
  readonly content: Content;

  constructor(content: Content, filename: string | undefined, type: string | undefined) {
    this.content = content;
    this.filename = filename;
    this.type = type;
  }

  get byteLength(): number {
    return this.content instanceof Uint8Array ? this.content.byteLength : this.content.size;
  }

  /** Whether it is empty and nobody says what it would be: no file at all. */
  get isNothing(): boolean {
    const { content } = this;
    return this.type === undefined && this.filename === undefined && content instanceof Uint8Array && content.byteLength === 0;
  }

  /** As a method gets it. */
  toFile(): BentoFile {
    const { content, filename: name, type } = this;
    if (content instanceof Uint8Array) return BentoFile.from(content, { name, type });
    return new BentoFile(new PathContent(content.path, content.size), { name, type });
  }
}
