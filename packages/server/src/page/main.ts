import { BentoError } from "@bento/core";

import { button, h } from "./dom.js";
import { EndpointView } from "./endpoint-view.js";
import { describe } from "./schema.js";
import { type Endpoint, loadService, type Service, type Session } from "./service.js";

const { dataset } = document.documentElement;
const session: Session = { root: new URL(dataset["root"] ?? "./", location.href), token: "" };
const main = document.querySelector("main") as HTMLElement;

// A file that misses its place would open in place of the page.
for (const type of ["dragover", "drop"]) {
  addEventListener(type, (event) => {
    if (!(event.target instanceof HTMLInputElement && event.target.type === "file")) event.preventDefault();
  });
}
if (dataset["auth"] === undefined) void start();
else askToken();

/** Shows the service, or why it cannot be had. */
async function start(): Promise<void> {
  main.replaceChildren(h("p", { role: "status", class: "quiet" }, "Asking the service what it offers …"));
  try {
    showService(await loadService(session));
  } catch (error) {
    if (BentoError.is(error, "BENTO_UNAUTHORIZED")) askToken(session.token === "" ? "" : error.message);
    else showTrouble(error instanceof Error ? error.message : String(error));
  }
}

function askToken(problem = ""): void {
  const input = h("input", { type: "password", id: "token", autocomplete: "off", required: true, "aria-describedby": "token-problem" });
  const form = h(
    "form",
    { class: "token" },
    h("label", { for: "token" }, "Token"),
    h("div", { class: "row" }, input, h("button", { class: "primary" }, "Enter")),
  );
  form.append(h("p", { class: "hint" }, "This service answers those who have a token. It is kept until this page is left."));
  form.append(h("p", { class: "problem", id: "token-problem", role: "alert" }, problem));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    session.token = input.value.trim();
    void start();
  });
  main.replaceChildren(form);
  input.focus();
}

function showTrouble(message: string): void {
  main.replaceChildren(
    h("p", { role: "alert" }, `The service did not say what it offers: ${message}`),
    button("Try again", () => void start()),
  );
}

function showService(service: Service): void {
  document.title = service.name;
  const [title, about] = [document.querySelector("h1"), document.querySelector(".about")];
  if (title !== null) title.textContent = service.name;
  if (about !== null) about.textContent = service.description ?? "";
  if (service.endpoints.length === 0) return main.replaceChildren(h("p", {}, "This service has no endpoints."));
  const links = new Map(service.endpoints.map((endpoint) => [endpoint.name, linkTo(endpoint)]));
  const list = h("ul", {}, ...[...links.values()].map((link) => h("li", {}, link)));
  const search = h("input", { type: "search", placeholder: "Find", "aria-label": "Find an endpoint", hidden: links.size < 8 });
  search.addEventListener("input", () => {
    for (const [name, link] of links) (link.parentElement as HTMLElement).hidden = !name.toLowerCase().includes(search.value.toLowerCase());
  });
  const place = h("div", { class: "place" });
  const nav = h("nav", { "aria-label": "Endpoints" }, search, list);
  main.replaceChildren(nav, place);
  const views = new Map<string, EndpointView>();
  const show = (isChosen: boolean): void => {
    const endpoint = chosenOf(service);
    const view = views.get(endpoint.name) ?? new EndpointView(endpoint, service, session);
    views.set(endpoint.name, view);
    for (const [name, link] of links) {
      if (name === endpoint.name) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    place.replaceChildren(view.element);
    document.title = `${endpoint.name} · ${service.name}`;
    showIn(list, links.get(endpoint.name));
    if (isChosen) view.element.querySelector<HTMLElement>("h2")?.focus();
  };
  addEventListener("hashchange", () => show(true));
  show(false);
}

/** Scrolls a list, and nothing else, so far that one of its links can be seen. */
function showIn(list: HTMLElement, link: HTMLElement | undefined): void {
  const [frame, own] = [list.getBoundingClientRect(), link?.getBoundingClientRect() ?? new DOMRect()];
  const bottom = Math.min(frame.bottom, innerHeight);
  if (own.top < frame.top) list.scrollTop -= frame.top - own.top;
  else if (own.bottom > bottom) list.scrollTop += own.bottom - bottom;
}

/** The endpoint that the address names, else the first. */
function chosenOf({ endpoints }: Service): Endpoint {
  const name = location.hash.slice(1);
  return (
    endpoints.find((endpoint) => `#${endpoint.name}` === `#${name}` || encodeURIComponent(endpoint.name) === name) ??
    (endpoints[0] as Endpoint)
  );
}

function linkTo({ name, output, isStream }: Endpoint): HTMLAnchorElement {
  const gives = isStream ? `stream of ${describe(output, output)}` : describe(output, output);
  return h("a", { href: `#${encodeURIComponent(name)}` }, h("span", {}, name), h("small", {}, gives));
}
