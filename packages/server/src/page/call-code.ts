import { button, h, newId } from "./dom.js";

/** Ways to make the same call from elsewhere, by their names; made anew whenever they are looked at. */
export type Snippets = Readonly<Record<string, () => string>>;

/** The call as commands and programs, one at a time, to be copied. */
export class CallCode {
  readonly element: HTMLDetailsElement;
  readonly #snippets: Snippets;
  readonly #code = h("code");
  #chosen: string;

  constructor(snippets: Snippets) {
    this.#snippets = snippets;
    this.#chosen = Object.keys(snippets)[0] ?? "";
    const group = newId();
    const choices = Object.keys(snippets).map((name) => {
      const radio = h("input", { type: "radio", name: group, checked: name === this.#chosen, onchange: () => this.#choose(name) });
      return h("label", { class: "tab" }, radio, h("span", {}, name));
    });
    const bar = h(
      "div",
      { class: "row" },
      h("div", { role: "radiogroup", "aria-label": "Language", class: "tabs" }, ...choices),
      copyButton(this.#code),
    );
    this.element = h("details", { class: "call-code", ontoggle: () => this.update() }, h("summary", {}, "This call from elsewhere"), bar);
    this.element.append(h("pre", { tabindex: 0 }, this.#code));
  }

  /** Writes it anew, where somebody looks. */
  update(): void {
    if (this.element.open) this.#code.textContent = this.#snippets[this.#chosen]?.() ?? "";
  }

  #choose(name: string): void {
    this.#chosen = name;
    this.update();
  }
}

/** Browsers give pages the clipboard only where they were fetched safely, or from this machine. */
function copyButton(code: HTMLElement): HTMLElement | undefined {
  if (!window.isSecureContext) return undefined;
  const copy = button("Copy", () => {
    void navigator.clipboard.writeText(code.textContent).then(
      () => (copy.textContent = "Copied"),
      () => (copy.textContent = "Not allowed"),
    );
  });
  copy.addEventListener("blur", () => (copy.textContent = "Copy"));
  return copy;
}
