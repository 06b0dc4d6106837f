import { BentoError } from "@bento/core";

import { AnswerView } from "./answers/answer-view.js";
import { jsonBlock } from "./answers/json-text.js";
import { CallCode } from "./call-code.js";
import { clientCode, type CodedCall, curlCommand, filledRoute } from "./code.js";
import { button, h, newId } from "./dom.js";
import { EndpointForm } from "./endpoint-form.js";
import { InputProblem } from "./inputs/input.js";
import { makeBody, planBody } from "./request.js";
import { describe } from "./schema.js";
import { addressOf, credentials, type Endpoint, type Service, type Session } from "./service.js";

/** An endpoint, to be read about and tried. */
export class EndpointView {
  readonly element: HTMLElement;
  readonly #endpoint: Endpoint;
  readonly #service: Service;
  readonly #session: Session;
  readonly #form: EndpointForm;
  readonly #answer: AnswerView;
  readonly #code: CallCode;
  readonly #call = h("button", { class: "primary" }, "Call");
  readonly #cancel = button("Cancel", () => this.#running?.abort(), { hidden: true });
  #running: AbortController | undefined;

  constructor(endpoint: Endpoint, service: Service, session: Session) {
    this.#endpoint = endpoint;
    this.#service = service;
    this.#session = session;
    this.#form = new EndpointForm(endpoint);
    this.#answer = new AnswerView(endpoint);
    this.#code = new CallCode({ curl: () => this.#coded(curlCommand), TypeScript: () => this.#coded(clientCode) });
    const form = h("form", { "aria-label": `Input of ${endpoint.name}`, novalidate: true, oninput: () => this.#code.update() });
    form.append(
      this.#form.element,
      h("div", { class: "row actions" }, this.#call, this.#cancel, h("span", { class: "quiet keys" }, "Ctrl + Enter")),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#run();
    });
    form.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    });
    const titleId = newId();
    this.element = h("article", { "aria-labelledby": titleId }, this.#head(titleId));
    this.element.append(
      h("div", { class: "columns" }, form, this.#answer.element, h("div", { class: "more" }, this.#code.element, schemas(endpoint))),
    );
  }

  #head(titleId: string): HTMLElement {
    const { name, route, doc, input, output, isStream } = this.#endpoint;
    const signature = `${input["properties"] === undefined ? describe(input, input) : "object"} → ${isStream ? "stream of " : ""}${describe(output, output)}`;
    const line = h(
      "p",
      { class: "route" },
      h("span", { class: "method" }, "POST"),
      h("code", {}, route),
      h("span", { class: "type" }, signature),
    );
    return h(
      "header",
      {},
      h("h2", { id: titleId, tabindex: -1 }, name),
      line,
      doc === undefined ? undefined : h("p", { class: "doc" }, doc),
    );
  }

  async #run(): Promise<void> {
    this.#form.clear();
    let call: Pick<CodedCall, "value" | "params" | "headers">;
    try {
      call = this.#form.read();
    } catch (error) {
      if (!(error instanceof InputProblem)) throw error;
      return this.#form.mark([{ path: error.path, message: error.message }]);
    }
    this.#running?.abort();
    const running = new AbortController();
    this.#running = running;
    this.#answer.begin();
    // Where it stands below the form.
    if (this.#answer.element.getBoundingClientRect().top > innerHeight - 200) this.#answer.element.scrollIntoView({ block: "nearest" });
    this.#busy(true);
    const startedAt = performance.now();
    try {
      const response = await this.#send(call, running.signal);
      await this.#answer.show(response, startedAt);
    } catch (error) {
      if (this.#running !== running) return;
      this.#answer.fail(error, startedAt);
      if (BentoError.is(error, "BENTO_INPUT_INVALID")) this.#form.mark(error.issues);
    } finally {
      if (this.#running === running) this.#busy(false);
    }
  }

  async #send({ value, params, headers: extra }: Pick<CodedCall, "value" | "params" | "headers">, signal: AbortSignal): Promise<Response> {
    const { body, headers } = await makeBody(planBody(this.#endpoint, value));
    const accept = this.#endpoint.isStream ? "text/event-stream" : "*/*";
    const all = { accept, ...headers, ...credentials(this.#session), ...Object.fromEntries(extra) };
    return fetch(addressOf(this.#session, filledRoute(this.#endpoint.route, params)), {
      method: "POST",
      headers: all,
      body: body ?? null,
      signal,
    });
  }

  #busy(isBusy: boolean): void {
    const { activeElement } = document;
    this.#cancel.hidden = !isBusy;
    // What is hidden or disabled loses the focus: it goes to the button that is there in its place.
    if (isBusy && activeElement === this.#call) this.#cancel.focus();
    this.#call.disabled = isBusy;
    if (!isBusy && activeElement === this.#cancel) this.#call.focus();
  }

  #coded(write: (call: CodedCall) => string): string {
    try {
      return write({ ...this.#form.read(), service: this.#service, endpoint: this.#endpoint, session: this.#session });
    } catch (error) {
      if (!(error instanceof InputProblem)) throw error;
      const where = error.path.length === 0 ? "" : `${error.path.join(".")}: `;
      return `Fill in the form first. ${where}${error.message}`;
    }
  }
}

function schemas({ input, output }: Endpoint): HTMLElement {
  const view = h("details", { class: "schemas" }, h("summary", {}, "Schemas"));
  view.addEventListener("toggle", () => {
    if (view.childElementCount > 1) return;
    view.append(h("h4", {}, "Input"), jsonBlock(input), h("h4", {}, "Output"), jsonBlock(output));
  });
  return view;
}
