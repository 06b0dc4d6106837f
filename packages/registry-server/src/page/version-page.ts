import type { ContentDocument, ContentFile } from "@bento/registry/wire";
import { html } from "hono/html";

import type { ItemKind, Version } from "../catalog/catalog.js";
import type { Html } from "./layout.js";
import { labels } from "./list-page.js";
import { plainText, sizeText, timeText, valueText } from "./texts.js";

/** Files that are listed on one page. */
const mostFiles = 1000;

/** All that is known of a version. */
export function versionPage(version: Version, content: ContentDocument | undefined): Html {
  const { kind, name, manifest } = version;
  const tag = `${name}:${version.version}`;
  const command = kind === "model" ? "bento models pull" : "bento pull";
  return html`<section class="card">
      <p><a href="/${kind}s/${name}">${name}</a></p>
      <h1>${tag}</h1>
      <p>${labels(kind, version.labels)}</p>
      <pre aria-label="Pull">${command} ${tag}</pre>
      <h2>About</h2>
      <dl>
        ${facts(version).map(([key, value]) =>
          value === ""
            ? ""
            : html`<dt>${key}</dt>
                <dd>${value}</dd>`,
        )}
      </dl>
      ${kind === "bento" ? modelsOf(manifest["models"]) : ""}
    </section>
    ${
      version.description === ""
        ? ""
        : html`<section class="card">
            <h2>${kind === "bento" ? "README" : "Description"}</h2>
            <pre>${version.description}</pre>
          </section>`
    }
    ${sections[kind].map(([key, title]) => valueCard(title, manifest[key]))} ${content === undefined ? "" : filesCard(version, content)}`;
}

/** Values of a manifest that have a place of their own. Those of environment variables may be secret: they are not shown. */
const sections: Record<ItemKind, readonly (readonly [string, string])[]> = {
  model: [
    ["metadata", "Metadata"],
    ["options", "Options"],
    ["context", "Context"],
  ],
  bento: [
    ["services", "Services"],
    ["image", "Image"],
    ["schema", "Schema"],
  ],
};

function facts({ kind, manifest, ...version }: Version): readonly (readonly [string, string])[] {
  const own: readonly (readonly [string, string])[] =
    kind === "model"
      ? [["Module", plainText(manifest["module"])]]
      : [
          ["Service", plainText(manifest["service"])],
          ["Entry service", plainText(manifest["entry_service"])],
        ];
  return [
    ["Made", timeText(version.buildAt)],
    ["Pushed", timeText(version.uploadFinishedAt ?? version.createdAt)],
    ["Size", sizeText(version.sizeBytes)],
    ...own,
    ["BentoML version", plainText(manifest["bentoml_version"])],
    ["Digest of the content", version.contentDigest ?? ""],
  ];
}

function modelsOf(models: unknown): Html | "" {
  if (!Array.isArray(models) || models.length === 0) return "";
  const tags = models.map(plainText).filter((tag) => /^[-._a-z0-9]+:[-._a-z0-9]+$/.test(tag));
  return html`<h2>Models</h2>
    <p>${tags.map((tag) => html`<a class="label" href="/models/${tag.replace(":", "/")}">${tag}</a>`)}</p>`;
}

function valueCard(title: string, value: unknown): Html | "" {
  const isEmpty = value === undefined || value === null || (typeof value === "object" && Object.keys(value).length === 0);
  return isEmpty
    ? ""
    : html`<section class="card">
        <h2>${title}</h2>
        <pre>${valueText(value)}</pre>
      </section>`;
}

function filesCard(version: Version, { files }: ContentDocument): Html {
  return html`<section class="card">
    <h2>Files</h2>
    <p class="faint">${files.length} files, ${sizeText(version.sizeBytes)}</p>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">Path</th>
            <th scope="col" class="number">Size</th>
            <th scope="col">SHA-256</th>
          </tr>
        </thead>
        <tbody>
          ${files.slice(0, mostFiles).map((file) => fileRow(version, file))}
        </tbody>
      </table>
    </div>
    ${files.length > mostFiles ? html`<p class="faint">The first ${mostFiles} are shown.</p>` : ""}
  </section>`;
}

function fileRow({ kind, name, version }: Version, { path, size, executable, sha256 }: ContentFile): Html {
  const href = `/${kind}s/${name}/${version}/files?path=${encodeURIComponent(path)}`;
  return html`<tr>
    <td class="name"><a href="${href}" download>${path}</a> ${executable ? html`<span class="faint">executable</span>` : ""}</td>
    <td class="number">${sizeText(size)}</td>
    <td><code title="${sha256}">${sha256.slice(0, 16)}</code></td>
  </tr>`;
}
