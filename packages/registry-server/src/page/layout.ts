import { html } from "hono/html";

import type { ItemKind } from "../catalog/catalog.js";

/** HTML in which everything that came from outside is escaped: made by `html` of Hono, never by hand. */
export type Html = ReturnType<typeof html>;

/** What every page has around what it shows. */
export interface Frame {
  readonly title: string;
  /** Who is logged in; `undefined` for nobody. */
  readonly user: string | undefined;
  readonly formKey: string | undefined;
  /** Which list the page belongs to. */
  readonly at?: ItemKind | "tokens" | undefined;
  /** What was looked for. */
  readonly search?: string | undefined;
}

/** A whole page. */
export function layout({ title, user, formKey, at, search }: Frame, body: Html): Html {
  const current = (here: Frame["at"]) => (at === here ? html` aria-current="page"` : "");
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · Bento registry</title>
        <link rel="stylesheet" href="/style.css" />
        <link rel="icon" href="/icon.svg" type="image/svg+xml" />
      </head>
      <body>
        <header>
          <a class="brand" href="/models"><img src="/icon.svg" alt="" width="22" height="22" /> Bento registry</a>
          ${
            user === undefined
              ? ""
              : html`<nav aria-label="Lists">
                    <a href="/models" ${current("model")}>Models</a>
                    <a href="/bentos" ${current("bento")}>Bentos</a>
                    <a href="/api_tokens" ${current("tokens")}>Tokens</a>
                  </nav>
                  <form class="search" role="search" action="${at === "bento" ? "/bentos" : "/models"}">
                    <input
                      type="search"
                      name="search"
                      value="${search ?? ""}"
                      placeholder="name, or label:stage=prod"
                      aria-label="Search ${at === "bento" ? "bentos" : "models"}"
                    />
                  </form>
                  <form class="user" method="post" action="/logout">
                    <input type="hidden" name="form_key" value="${formKey ?? ""}" />
                    <span>${user}</span>
                    <button>Log out</button>
                  </form>`
          }
        </header>
        <main>${body}</main>
      </body>
    </html>`;
}

/** A card that says one thing. */
export function message(title: string, text: string): Html {
  return html`<section class="card narrow">
    <h1>${title}</h1>
    <p>${text}</p>
  </section>`;
}
