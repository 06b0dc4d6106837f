import { BentoError, bytesEventName, bytesOf, EventStreamParser, type JsonSchema } from "@bento/core";

import { h } from "../dom.js";
import { choiceOf, holdsKinds, kindOf } from "../schema.js";
import { blobView } from "./blob-view.js";
import { indented, parseExact } from "./json-text.js";
import { valueView, type ViewContext } from "./value-view.js";

/** Items that stay on the page; those before them go as more come. */
const mostItems = 500;
/** Characters of joined texts that stay on the page. */
const mostText = 200_000;
/** Milliseconds after which what has come is shown. */
const flushMs = 50;

/** Items of a stream, each shown as it comes; texts are joined, as they are most often parts of one. */
export class StreamView {
  readonly element: HTMLElement;
  count = 0;
  readonly #schema: JsonSchema;
  readonly #context: ViewContext;
  readonly #isText: boolean;
  #waiting: Node[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(schema: JsonSchema, context: ViewContext) {
    const { options } = choiceOf(schema, context.root);
    this.#schema = schema;
    this.#context = context;
    this.#isText = options.length > 0 && options.every((option) => kindOf(option) === "string");
    this.element = this.#isText ? h("pre", { tabindex: 0, class: "text" }) : h("ol", { class: "items stream", tabindex: 0 });
  }

  /** Takes a piece of text that is no item of its own. */
  text(piece: string): void {
    this.#append(document.createTextNode(piece));
  }

  /** Takes an item as it stands in JSON. */
  async item(json: string): Promise<void> {
    const value = parseExact(json);
    this.count += 1;
    if (this.#isText && typeof value === "string") return this.text(value);
    const isPlain = !holdsKinds({ ...this.#schema, $defs: this.#context.root["$defs"] });
    this.#add(isPlain ? h("code", {}, indented(value)) : await valueView(value, this.#schema, this.#context));
  }

  /** Takes an item that is bytes. */
  async bytes(base64: string): Promise<void> {
    this.count += 1;
    this.#add(await blobView(new Blob([bytesOf(base64)]), `${this.#context.name}-${this.count}.bin`, this.#context.urls));
  }

  #add(view: HTMLElement): void {
    if (this.#isText) this.#append(document.createTextNode(`${view.textContent}\n`));
    else this.#append(h("li", { value: this.count }, view));
  }

  /** What comes fast is shown some at a time: a layout for each item would leave no time for anything else. */
  #append(node: Node): void {
    this.#waiting.push(node);
    this.#timer ??= setTimeout(() => this.flush(), flushMs);
  }

  /** Shows what has come. Whoever reads the end goes along with it. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { element } = this;
    const isAtEnd = element.scrollHeight - element.scrollTop - element.clientHeight < 40;
    element.append(...(this.#isText ? this.#waiting : this.#waiting.slice(-mostItems)));
    this.#waiting = [];
    if (this.#isText) this.#trimText();
    else while (element.childElementCount > mostItems) element.firstChild?.remove();
    if (isAtEnd) element.scrollTop = element.scrollHeight;
  }

  #trimText(): void {
    const { element } = this;
    element.normalize();
    if (element.textContent.length > mostText) element.textContent = `… ${element.textContent.slice(-mostText)}`;
  }
}

/** Reads events of Bento's framing into a view. @throws BentoError as the stream's last event tells, or where it breaks off */
export async function readEvents(body: AsyncIterable<string>, view: StreamView): Promise<void> {
  const parser = new EventStreamParser();
  for await (const piece of body) {
    for (const { event, data } of parser.push(piece)) {
      if (event === "end") return;
      if (event === "error") throw BentoError.fromWire(JSON.parse(data));
      if (event === bytesEventName) await view.bytes(data);
      else if (event === "message") await view.item(data);
    }
  }
  throw new BentoError("BENTO_REMOTE_FAILED", "The stream broke off before its end.");
}

/** The text of an answer as it comes. */
export async function* textsOf(response: Response): AsyncGenerator<string, void, void> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (reader === undefined) return;
  try {
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) yield piece.value;
  } finally {
    // It may be over already.
    await reader.cancel().catch(() => undefined);
  }
}
