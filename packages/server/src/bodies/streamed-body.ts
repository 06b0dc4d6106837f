import { pipeline, type Transform, type Writable } from "node:stream";

import type { Body, Incoming, TakeBody } from "../http/incoming.js";
import type { Leftover } from "./body-intake.js";
import type { BodyPlan } from "./body-plan.js";
import { BytesSink } from "./bytes-sink.js";
import { decompressionError, openDecompressor } from "./decompressor.js";
import { FileSink } from "./file-sink.js";
import { fieldsOf } from "./form-fields.js";
import { FormSink } from "./form-sink.js";
import { formFromValue } from "./form-from-value.js";
import { extended, parametersOf } from "./part-head.js";
import { Spool } from "./spool.js";
import type { SpoolRoom } from "./spool-room.js";
import { parseUrlencoded } from "./urlencoded.js";

/** What takes the bytes of a body, and then is it. */
interface BodySink extends Writable {
  body(): Body;
}

/** What one body is read with. */
export interface StreamedBodyOptions {
  readonly plan: BodyPlan;
  readonly incoming: Incoming;
  readonly maxBytes: number;
  /** On disk. */
  readonly room: SpoolRoom;
}

/** Reads one body as it comes: decompressed on the way, into a form, a file, or memory. */
export class StreamedBody implements Leftover {
  readonly #plan: BodyPlan;
  readonly #incoming: Incoming;
  readonly #maxBytes: number;
  readonly #take: TakeBody;
  readonly #spool: Spool;
  readonly #sink: BodySink;
  readonly #decompressor: Transform | undefined;
  #isSettled = false;

  /** @param take told once, unless it is abandoned before */
  constructor({ plan, incoming, maxBytes, room }: StreamedBodyOptions, take: TakeBody) {
    this.#plan = plan;
    this.#incoming = incoming;
    this.#maxBytes = maxBytes;
    this.#take = take;
    this.#spool = new Spool(room);
    this.#sink = openSink(plan, maxBytes, this.#spool);
    this.#decompressor = plan.encoding && openDecompressor(plan.encoding);
  }

  begin(): void {
    const { encoding } = this.#plan;
    // What stops the decompressor stops what it flows into.
    const fail = (error: Error): void => this.#settle(encoding === undefined ? error : decompressionError(encoding, error));
    this.#sink.on("finish", () => this.#finished()).on("error", fail);
    if (this.#decompressor !== undefined) {
      pipeline(this.#decompressor, this.#sink, (error) => error && fail(error));
    }
    this.#incoming.pipeBody(this.#decompressor ?? this.#sink, this.#maxBytes, (outcome) => this.#given(outcome));
  }

  /** Reads no more. */
  abandon(): void {
    if (!this.#isSettled) this.#close();
  }

  /** Removes what lies on disk of it. */
  remove(): Promise<void> {
    return this.#spool.remove();
  }

  /** Nothing is to be read: it cannot be, or somebody before has done so, and undone its encoding. */
  #given(outcome: Body | Error): void {
    if (outcome instanceof Error) return this.#settle(outcome);
    if ("bytes" in outcome && this.#plan.into !== "bytes") return void this.#sink.end(outcome.bytes);
    if (!("value" in outcome) || (this.#plan.into !== "form" && this.#plan.into !== "fields")) return this.#settle(outcome);
    formFromValue(outcome.value).then(
      (form) => this.#settle({ form }),
      (error: Error) => this.#settle(error),
    );
  }

  #finished(): void {
    try {
      const body = this.#sink.body();
      this.#settle(this.#plan.into === "fields" && "bytes" in body ? { form: parseUrlencoded(body.bytes) } : body);
    } catch (error) {
      this.#settle(error as Error);
    }
  }

  #settle(outcome: Body | Error): void {
    if (this.#isSettled) return;
    if (outcome instanceof Error) this.#close();
    this.#isSettled = true;
    this.#take(outcome);
  }

  #close(): void {
    this.#isSettled = true;
    this.#incoming.abandonBody();
    this.#decompressor?.destroy();
    this.#sink.destroy();
  }
}

function openSink(plan: BodyPlan, maxBytes: number, spool: Spool): BodySink {
  switch (plan.into) {
    case "form": {
      const fields = fieldsOf(plan.input);
      return new FormSink({ boundary: plan.boundary, maxBytes, spool, isFile: (name) => fields.get(name)?.isFile === true });
    }
    case "file":
      return new FileSink({ filename: filenameOf(plan.disposition), type: plan.type, maxBytes, spool });
    case "fields":
    case "bytes":
      return new BytesSink(maxBytes);
  }
}

/** What the header `content-disposition` calls a file; what cannot be read of it says nothing. */
function filenameOf(disposition: string | undefined): string | undefined {
  const parameters = disposition === undefined ? undefined : parametersOf(disposition);
  return extended(parameters?.get("filename*")) ?? parameters?.get("filename");
}
