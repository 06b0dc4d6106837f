import { h } from "./dom.js";
import { Field } from "./inputs/field.js";
import { type Input, InputProblem, type Key, type Place, readPart } from "./inputs/input.js";
import { makeInput } from "./inputs/make-input.js";
import { objectInput } from "./inputs/object-input.js";
import { propertiesOf, resolve } from "./schema.js";
import type { Endpoint } from "./service.js";

/** What an endpoint is called with. */
export interface FormValues {
  readonly value: unknown;
  /** What stands in its path. */
  readonly params: Readonly<Record<string, string>>;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** The input of an endpoint: one field, or one for each property of an object. */
interface WholeInput extends Pick<Input, "element" | "read"> {
  mark(path: readonly Key[], message: string): void;
  clear(): void;
}

/** The form of an endpoint: its input, what stands in its path, and headers. */
export class EndpointForm {
  readonly element: HTMLElement;
  readonly #input: WholeInput;
  readonly #params: ReadonlyMap<string, Field>;
  readonly #headers = h("textarea", {
    class: "code",
    rows: 2,
    spellcheck: "false",
    placeholder: "x-request-timeout: 2.5",
    "aria-label": "Headers, one on each line",
  });
  readonly #problem = h("p", { class: "problem", role: "alert", hidden: true });

  constructor({ input, isRoot, params }: Endpoint) {
    const place = { root: input, depth: 0, initial: undefined, make: makeInput };
    const field = (name: string, schema: unknown): Field => new Field({ name, schema, isRequired: true }, place);
    this.#params = new Map(
      params.map((name) => [name, field(name, { type: "string", format: "path", description: "Stands in the path." })]),
    );
    this.#input = isRoot ? rootField(input, place) : objectFields(resolve(input, input), { ...place, labelId: "" });
    const headers = h("details", {}, h("summary", {}, "Headers of the call"), this.#headers);
    this.element = h("div", {}, ...[...this.#params.values()].map(({ element }) => element), this.#input.element, this.#problem, headers);
  }

  /** @throws InputProblem */
  read(): FormValues {
    const params = Array.from(this.#params, ([name, field]) => [name, readPart(name, () => readParam(field))] as const);
    return {
      value: this.#input.read(),
      params: Object.fromEntries(params) as FormValues["params"],
      headers: readHeaders(this.#headers.value),
    };
  }

  /** Shows what is wrong at the fields that it is about, and leads to the first. */
  mark(issues: readonly { readonly path: readonly Key[]; readonly message: string }[]): void {
    for (const { path, message } of issues) {
      const param = this.#params.get(String(path[0]));
      if (path[0] === headersKey) this.#tell(message);
      else if (param !== undefined) param.mark(path.slice(1), message);
      else this.#input.mark(path, message);
    }
    const controls = ":is(input, select, textarea)";
    const wrong = this.element.querySelector<HTMLElement>(`${controls}[aria-invalid=true]`);
    // A group of controls may be wrong as a whole.
    (wrong ?? this.element.querySelector<HTMLElement>(`[aria-invalid=true] ${controls}`))?.focus();
  }

  clear(): void {
    this.#problem.hidden = true;
    this.#input.clear();
    for (const field of this.#params.values()) field.clear();
  }

  #tell(message: string): void {
    this.#problem.textContent = message;
    this.#problem.hidden = false;
  }
}

/** A whole input; one that has a default may be left out. */
function rootField(input: Endpoint["input"], place: Omit<Place, "labelId">): Field {
  const name = typeof input["title"] === "string" ? input["title"] : "input";
  return new Field({ name, schema: input, isRequired: !("default" in input) }, place);
}

function objectFields(input: Endpoint["input"], place: Place): WholeInput {
  const whole = objectInput(input, place);
  const told = h("p", { class: "problem", role: "alert", hidden: true });
  const nothing = Object.keys(propertiesOf(input)).length === 0 ? h("p", { class: "quiet" }, "It takes no input.") : undefined;
  return {
    element: h("div", {}, whole.element, ...(nothing === undefined ? [] : [nothing]), told),
    read: () => whole.read(),
    mark: (path, message) => {
      if (whole.mark?.(path, message) === true) return;
      told.textContent = message;
      told.hidden = false;
    },
    clear: () => {
      told.hidden = true;
      whole.clear?.();
    },
  };
}

function readParam(field: Field): unknown {
  const text = field.read();
  if (text === "") throw new InputProblem("Give what shall stand in the path.");
  return text;
}

/** In place of a field's name: headers are none. */
const headersKey = "\0headers";

function readHeaders(text: string): FormValues["headers"] {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [, name = "", value = ""] = /^\s*([\w!#$%&'*+.^`|~-]+)\s*:\s*(.*?)\s*$/.exec(line) ?? [];
      if (name === "") throw new InputProblem(`This is no header: ${line}`, [headersKey]);
      return [name.toLowerCase(), value];
    });
}
