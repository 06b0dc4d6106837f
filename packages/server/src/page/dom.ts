type Child = Node | string | undefined;
type Attribute = string | number | boolean | undefined | ((event: Event) => void);

/**
 * Makes an element. Children that are text become text nodes, so that nothing which a service or an answer says is ever
 * read as markup. A function is a listener (`onclick`), `true` an attribute without a value, `false` and `undefined` none.
 */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, Attribute>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== undefined));
  return element;
}

/** A button that does not send the form. */
export function button(text: string, onclick: () => void, attributes: Readonly<Record<string, Attribute>> = {}): HTMLButtonElement {
  return h("button", { type: "button", onclick, ...attributes }, text);
}

let last = 0;

/** An id that nothing else on the page has. */
export function newId(): string {
  last += 1;
  return `i${last}`;
}

/** Tells whoever listens further up that an input is no longer what it was, where the browser does not. */
export function tellChange(element: HTMLElement): void {
  element.dispatchEvent(new Event("input", { bubbles: true }));
}

/** Addresses of blobs, for as long as something shows them. */
export class ObjectUrls {
  #urls: string[] = [];

  of(blob: Blob): string {
    const url = URL.createObjectURL(blob);
    this.#urls.push(url);
    return url;
  }

  /** Lets the browser forget the blobs. */
  release(): void {
    for (const url of this.#urls) URL.revokeObjectURL(url);
    this.#urls = [];
  }
}
