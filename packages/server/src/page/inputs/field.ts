import { h, newId } from "../dom.js";
import { choiceOf, describe, resolve, textOf } from "../schema.js";
import type { Input, Key, Place } from "./input.js";

/** What a field is for. */
export interface FieldOptions {
  readonly name: string;
  readonly schema: unknown;
  /** Whether it has to be given. */
  readonly isRequired: boolean;
}

/**
 * An input with its name, what it takes, what was written about it, and room for what is wrong with it. A value that may be
 * left out is sent as soon as somebody edits it, or says so; one that may be `null` can be said to be.
 */
export class Field {
  readonly element: HTMLElement;
  readonly #input: Input;
  readonly #problem: HTMLElement;
  readonly #send: HTMLInputElement | undefined;
  readonly #null: HTMLInputElement | undefined;

  constructor({ name, schema, isRequired }: FieldOptions, place: Omit<Place, "labelId">) {
    const [labelId, hintId, problemId] = [newId(), newId(), newId()];
    const whole = resolve(schema, place.root);
    const initial = place.initial === undefined ? whole["default"] : place.initial;
    this.#input = place.make(schema, { ...place, labelId, initial: initial === null ? undefined : initial });
    this.#problem = h("p", { class: "problem", id: problemId, hidden: true });
    this.#send = isRequired ? undefined : switchFor("send", name);
    this.#null = choiceOf(schema, place.root).isNullable ? switchFor("null", name) : undefined;
    if (this.#null !== undefined) this.#null.checked = initial === null || choiceOf(schema, place.root).options.length === 0;
    const { control } = this.#input;
    if (control !== undefined) {
      control.id ||= newId();
      control.setAttribute("aria-describedby", `${hintId} ${problemId}`);
      control.setAttribute("aria-labelledby", labelId);
    }
    const label = control === undefined ? h("span", { id: labelId }, name) : h("label", { id: labelId, for: control.id }, name);
    const head = h("div", { class: "field-head" }, label, h("span", { class: "type" }, describe(schema, place.root)));
    head.append(...[this.#send, this.#null].flatMap((one) => (one?.parentElement ? [one.parentElement] : [])));
    const body = h("div", { class: "field-body" }, this.#input.element);
    const group = control === undefined ? { role: "group", "aria-labelledby": labelId, "aria-describedby": `${hintId} ${problemId}` } : {};
    this.element = h("div", { class: "field", ...group }, head, h("p", { class: "hint", id: hintId }, textOf(whole["description"]) ?? ""));
    this.element.append(body, this.#problem);
    body.addEventListener("input", () => this.#edited());
    for (const one of [this.#send, this.#null]) one?.addEventListener("input", () => this.#show());
    this.#show();
  }

  /** Its value; `undefined` where it is left out. @throws InputProblem */
  read(): unknown {
    if (this.#send?.checked === false) return undefined;
    return this.#null?.checked === true ? null : this.#input.read();
  }

  /** Shows what is wrong, at the part that it is about where there is one. */
  mark(path: readonly Key[], message: string): void {
    if (path.length > 0 && this.#input.mark?.(path, message) === true) return;
    const where = path.length === 0 ? "" : `at ${path.join(".")}: `;
    const text = `${where}${message}`;
    this.#problem.textContent = this.#problem.hidden ? text : `${this.#problem.textContent} ${text}`;
    this.#problem.hidden = false;
    (this.#input.control ?? this.element).setAttribute("aria-invalid", "true");
  }

  /** Takes back what was shown, here and further inside. */
  clear(): void {
    this.#problem.hidden = true;
    (this.#input.control ?? this.element).removeAttribute("aria-invalid");
    this.#input.clear?.();
  }

  /** Who edits a value means it to be sent. */
  #edited(): void {
    if (this.#send !== undefined) this.#send.checked = true;
    if (this.#null !== undefined) this.#null.checked = false;
    this.#show();
  }

  #show(): void {
    this.element.classList.toggle("left-out", this.#send?.checked === false || this.#null?.checked === true);
  }
}

/** A box to tick, with its word beside it. */
function switchFor(word: string, name: string): HTMLInputElement {
  const box = h("input", { type: "checkbox", "aria-label": word === "send" ? `Send ${name}` : `Send null as ${name}` });
  h("label", { class: "switch" }, box, word);
  return box;
}
