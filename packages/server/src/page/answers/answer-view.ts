import { BentoError, fromErrorResponse, isEventStream } from "@bento/core";

import { h, ObjectUrls } from "../dom.js";
import { countText, durationText, sizeText } from "../numbers.js";
import { essenceOf } from "../preview.js";
import type { Endpoint } from "../service.js";
import { blobView, fileNameOf, saveLink } from "./blob-view.js";
import { jsonBlock, parseExact, textBlock } from "./json-text.js";
import { readEvents, StreamView, textsOf } from "./stream-view.js";
import { valueView, type ViewContext } from "./value-view.js";

/** Where the answer of an endpoint is shown: how it went, what came, and its headers. */
export class AnswerView {
  readonly element: HTMLElement;
  readonly #endpoint: Endpoint;
  readonly #urls = new ObjectUrls();
  /** Told to those who do not see it as well. */
  readonly #status = h("p", { class: "status", role: "status" }, "Not called yet.");
  /** How far a stream is; for those who see it. */
  readonly #progress = h("p", { class: "progress", "aria-hidden": true, hidden: true });
  readonly #shown = h("div", { class: "shown" });
  readonly #more = h("div");

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
    this.element = h(
      "section",
      { class: "answer", "aria-label": "Answer" },
      h("h3", {}, "Answer"),
      this.#status,
      this.#progress,
      this.#shown,
      this.#more,
    );
  }

  /** Clears the place for the next answer. */
  begin(): void {
    this.#urls.release();
    this.#shown.replaceChildren();
    this.#more.replaceChildren();
    this.#tell("running", "Waiting for the answer …");
  }

  /**
   * Shows an answer, item by item where it is a stream.
   * @param startedAt when the call was made, by `performance.now()`
   * @throws BentoError where the service answered with an error, or the stream ended with one
   */
  async show(response: Response, startedAt: number): Promise<void> {
    this.#more.replaceChildren(headersView(response));
    if (!response.ok) throw fromErrorResponse(response.status, await response.text(), retryAfterMs(response));
    if (essenceOf(response.headers.get("content-type") ?? "") === "text/event-stream") await this.#showStream(response, startedAt);
    else await this.#showWhole(response, startedAt);
  }

  /** Shows why there is no answer, or no more of it. What came before stays. */
  fail(error: unknown, startedAt: number): void {
    const time = durationText(performance.now() - startedAt);
    if (error instanceof DOMException && error.name === "AbortError") return this.#tell("cancelled", `Cancelled after ${time}.`);
    if (!BentoError.is(error))
      return this.#tell("failed", `The service cannot be reached (${error instanceof Error ? error.message : String(error)}).`);
    this.#tell("failed", `${error.status} · ${time}`);
    const issues = (error.issues ?? []).map(({ path, message }) => h("li", {}, h("code", {}, path.join(".") || "input"), ` ${message}`));
    // The message tells of one by itself.
    const list = issues.length < 2 ? undefined : h("ul", {}, ...issues);
    const hint = error.hint === undefined ? undefined : h("p", { class: "hint" }, error.hint);
    this.#shown.append(h("div", { class: "error" }, h("p", {}, h("code", {}, error.code)), h("p", {}, error.message), list, hint));
  }

  async #showWhole(response: Response, startedAt: number): Promise<void> {
    const type = response.headers.get("content-type") ?? "";
    const blob = await response.blob();
    const told = [statusText(response), durationText(performance.now() - startedAt), sizeText(blob.size)];
    const name = fileNameOf(type, response.headers.get("content-disposition"), this.#endpoint.name);
    this.#shown.replaceChildren(...(await this.#viewOf(new Blob([blob], { type }), name)));
    this.#tell("done", told.join(" · "));
  }

  async #viewOf(blob: Blob, name: string): Promise<HTMLElement[]> {
    if (blob.size === 0) return [h("p", { class: "quiet" }, "The answer has no content.")];
    const type = essenceOf(blob.type);
    const { output } = this.#endpoint;
    if (type === "application/json" && output["type"] !== "file") {
      const text = await blob.text();
      return [await this.#jsonView(text), h("p", { class: "row" }, saveLink(blob, name, this.#urls, "Save JSON"))];
    }
    if (type === "text/plain") return [textBlock(await blob.text()), h("p", { class: "row" }, saveLink(blob, name, this.#urls))];
    return [await blobView(blob, name, this.#urls)];
  }

  async #jsonView(text: string): Promise<HTMLElement> {
    let value: unknown;
    try {
      value = parseExact(text);
    } catch {
      return textBlock(text);
    }
    // What is too much to look at through a schema is too much to colour, too.
    return text.length > mostParsed ? jsonBlock(value) : valueView(value, this.#endpoint.output, this.#context());
  }

  async #showStream(response: Response, startedAt: number): Promise<void> {
    const view = new StreamView(this.#endpoint.output, this.#context());
    this.#shown.replaceChildren(view.element);
    this.#tell("running", `${statusText(response)}, a stream …`);
    const sofar = (): string => `${durationText(performance.now() - startedAt)} · ${countText(view.count, "item")}`;
    const clock = setInterval(() => (this.#progress.textContent = sofar()), 100);
    this.#progress.hidden = false;
    try {
      if (isEventStream(response.headers.get("content-type"))) await readEvents(textsOf(response), view);
      else for await (const piece of textsOf(response)) view.text(piece);
      this.#tell("done", `${statusText(response)} · ${sofar()}`);
    } finally {
      clearInterval(clock);
      view.flush();
      this.#progress.hidden = true;
    }
  }

  #context(): ViewContext {
    return { root: this.#endpoint.output, urls: this.#urls, name: this.#endpoint.name };
  }

  #tell(state: string, text: string): void {
    this.#status.dataset["state"] = state;
    this.#status.textContent = text;
  }
}

/** Characters of JSON that are shown as what they are; more is shown as JSON. */
const mostParsed = 30_000_000;

function statusText({ status, statusText: reason }: Response): string {
  return reason === "" ? String(status) : `${status} ${reason}`;
}

function retryAfterMs(response: Response): number | undefined {
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  return Number.isFinite(seconds) ? seconds * 1000 : undefined;
}

function headersView(response: Response): HTMLElement {
  const rows = Array.from(response.headers, ([name, value]) => h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, value)));
  const table = h(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": "Headers" },
    h("table", {}, h("tbody", {}, ...rows)),
  );
  return h("details", {}, h("summary", {}, "Headers of the answer"), table);
}
