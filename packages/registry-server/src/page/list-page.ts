import { html } from "hono/html";

import type { ItemKind, Label, Page, Repository, Version } from "../catalog/catalog.js";
import type { Html } from "./layout.js";
import { sizeText, timeText } from "./texts.js";

/** Rows of a page. */
export const rowsOfPage = 50;

/** What a list is asked for. */
export interface ListAsked {
  readonly kind: ItemKind;
  readonly search: string;
  readonly start: number;
}

/** Names, each with its newest version. */
export function repositoryList(asked: ListAsked, page: Page<Repository>): Html {
  const rows = page.items.map(
    ({ name, latest, updatedAt }) =>
      html`<tr>
        <td class="name"><a href="/${asked.kind}s/${name}">${name}</a></td>
        <td class="name">${latest === null ? html`<span class="faint">none yet</span>` : versionLink(latest)}</td>
        <td>${labels(asked.kind, latest?.labels ?? [])}</td>
        <td class="number">${sizeText(latest?.sizeBytes ?? null)}</td>
        <td class="number">${timeText(latest?.buildAt ?? updatedAt)}</td>
      </tr>`,
  );
  return listCard(asked, page, ["Name", "Newest version", "Labels", "Size", "Made"], rows);
}

/** Versions, of one name or of many. */
export function versionList(asked: ListAsked, page: Page<Version>, name?: string): Html {
  const rows = page.items.map(
    (version) =>
      html`<tr>
        <td class="name">${version.name}</td>
        <td class="name">${versionLink(version)}</td>
        <td>${labels(asked.kind, version.labels)}</td>
        <td class="number">${sizeText(version.sizeBytes)}</td>
        <td class="number">${timeText(version.buildAt)}</td>
      </tr>`,
  );
  return listCard(asked, page, ["Name", "Version", "Labels", "Size", "Made"], rows, name);
}

/** Labels; each leads to whatever else has it. */
export function labels(kind: ItemKind, all: readonly Label[]): readonly Html[] {
  return all.map(({ key, value }) => {
    const text = `${key}=${value}`;
    return html`<a class="label" href="/${kind}s?search=${encodeURIComponent(`label:${text}`)}">${text}</a>`;
  });
}

function versionLink({ kind, name, version }: Version): Html {
  return html`<a href="/${kind}s/${name}/${version}">${version}</a>`;
}

function listCard(asked: ListAsked, page: Page<unknown>, head: readonly string[], rows: readonly Html[], name?: string): Html {
  const { kind, search } = asked;
  const title = name ?? (kind === "model" ? "Models" : "Bentos");
  const things = search === "" ? "" : ` for ${JSON.stringify(search)}`;
  return html`<section class="card">
    <h1>${title}</h1>
    <p class="faint" role="status">${page.total === 0 ? `Nothing found${things}.` : `${page.total} found${things}`}</p>
    ${rows.length === 0 && search === "" ? html`<p>Push the first one: <code>bento ${kind === "model" ? "models push" : "push"} NAME</code></p>` : ""}
    ${
      rows.length === 0
        ? ""
        : html`<div class="scroll">
            <table>
              <thead>
                <tr>
                  ${head.map((text) => html`<th scope="col" class="${text === "Size" || text === "Made" ? "number" : "name"}">${text}</th>`)}
                </tr>
              </thead>
              <tbody>
                ${rows}
              </tbody>
            </table>
          </div>`
    }
    ${pages(asked, page, name)}
  </section>`;
}

function pages({ kind, search, start }: ListAsked, { total }: Page<unknown>, name?: string): Html | "" {
  if (total <= rowsOfPage) return "";
  const path = name === undefined ? `/${kind}s` : `/${kind}s/${name}`;
  const link = (text: string, from: number) =>
    html`<a href="${path}?${new URLSearchParams({ search, start: String(from) }).toString()}">${text}</a>`;
  return html`<nav class="pages" aria-label="Pages">
    ${start > 0 ? link("Newer", Math.max(0, start - rowsOfPage)) : ""}
    <span class="faint">${start + 1} to ${Math.min(total, start + rowsOfPage)} of ${total}</span>
    ${start + rowsOfPage < total ? link("More", start + rowsOfPage) : ""}
  </nav>`;
}
