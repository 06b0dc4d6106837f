import { Writable } from "node:stream";

import { bodyTooLarge } from "../http/body-limit.js";
import { ContentCollector, FileMemory } from "./content-collector.js";
import { Form, FormPart } from "./form.js";
import { fieldTooLarge, maxFieldBytes, maxParts, tooManyParts } from "./form-error.js";
import { MultipartReader, type PartListener } from "./multipart-reader.js";
import { isText, type PartHead } from "./part-head.js";
import type { Spool } from "./spool.js";
import { tellWhen } from "./tell-when.js";

/** What a form is read with. */
export interface FormSinkOptions {
  readonly boundary: string;
  /** Bytes of the whole form. */
  readonly maxBytes: number;
  readonly spool: Spool;
  /** Whether what comes in this field may lie on disk. */
  readonly isFile: (name: string) => boolean;
}

/** A part that is being read. */
interface OpenPart {
  readonly head: PartHead;
  readonly content: ContentCollector;
}

/** Takes the bytes of a `multipart/form-data` as they come, no faster than the disk does. */
export class FormSink extends Writable implements PartListener {
  readonly #options: FormSinkOptions;
  readonly #reader: MultipartReader;
  readonly #memory = new FileMemory();
  readonly #parts: Promise<FormPart>[] = [];
  #form: Form | undefined;
  #open: OpenPart | undefined;
  #left: number;

  constructor(options: FormSinkOptions) {
    super();
    this.#options = options;
    this.#left = options.maxBytes;
    this.#reader = new MultipartReader(options.boundary, this);
  }

  /** The form, once it is complete. */
  body(): { readonly form: Form } {
    return { form: this.#form as Form };
  }

  onPart(head: PartHead): void {
    if (this.#parts.length === maxParts) throw tooManyParts();
    const { spool, maxBytes, isFile } = this.#options;
    const { name, filename } = head;
    const disk = isFile(name) && !isText(head) ? { spool, memory: this.#memory, filename } : undefined;
    this.#open = { head, content: new ContentCollector(isText(head) ? maxFieldBytes : maxBytes, disk) };
  }

  onContent(bytes: Buffer): void {
    const { head, content } = this.#open as OpenPart;
    if (!content.add(bytes)) throw fieldTooLarge(head.name);
  }

  onPartEnd(): void {
    const { head, content } = this.#open as OpenPart;
    this.#open = undefined;
    const part = Promise.resolve(content.finish()).then((whole) => new FormPart(head, whole));
    // It is asked for at the end; what fails before that nobody waits for yet.
    part.catch(() => undefined);
    this.#parts.push(part);
  }

  override _write(piece: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#left -= piece.byteLength;
    if (this.#left < 0) return done(bodyTooLarge(this.#options.maxBytes));
    try {
      this.#reader.push(piece);
    } catch (error) {
      return done(error as Error);
    }
    const room = this.#open?.content.room();
    if (room === undefined) done();
    else void tellWhen(room, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    try {
      this.#reader.end();
    } catch (error) {
      return done(error as Error);
    }
    void tellWhen(this.#finish(), done);
  }

  async #finish(): Promise<void> {
    this.#form = new Form(await Promise.all(this.#parts));
  }
}
