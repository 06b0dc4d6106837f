import { html } from "hono/html";

import type { Html } from "./layout.js";

/** Where somebody pastes a token. */
export function loginForm({ code, problem }: { readonly code?: string | undefined; readonly problem?: string | undefined }): Html {
  return html`<section class="card narrow">
    <h1>Log in</h1>
    ${problem === undefined ? "" : html`<p class="warning" role="alert">${problem}</p>`}
    ${code === undefined ? "" : html`<p>A program asks to be logged in to this registry. Log in here first.</p>`}
    <form class="stack" method="post" action="/login">
      ${code === undefined ? "" : html`<input type="hidden" name="code" value="${code}" />`}
      <label
        >Token
        <input type="password" name="token" required autofocus autocomplete="off" spellcheck="false" />
      </label>
      <div class="row"><button class="main">Log in</button></div>
    </form>
    <p class="faint">Whoever runs the registry makes tokens: <code>bento registry token create NAME</code></p>
  </section>`;
}

/** What {@link confirmForm} says and asks. */
export interface ConfirmAsked {
  readonly code: string;
  readonly user: string;
  readonly formKey: string;
  /** Whether a token of its own can be made for the program. */
  readonly canMake: boolean;
}

/** Asks whether a program that waits with this code may have a token. */
export function confirmForm({ code, user, formKey, canMake }: ConfirmAsked): Html {
  return html`<section class="card narrow">
    <h1>Log a program in?</h1>
    <p>A program asks for a token of this registry. You are <b>${user}</b>.</p>
    <p class="warning">
      Go on only if you have just started a login yourself, such as <code>bento cloud login</code> or <code>bentoml cloud login</code>, and
      it printed the address of this very page. If somebody sent you the address, they would get the token.
    </p>
    <form class="stack" method="post" action="/api_tokens/confirm">
      <input type="hidden" name="form_key" value="${formKey}" />
      <input type="hidden" name="code" value="${code}" />
      ${
        canMake
          ? html`<label
                >Token
                <select name="choice">
                  <option value="write">a new one that may read and write</option>
                  <option value="read">a new one that may only read</option>
                  <option value="mine">the one I am logged in with</option>
                </select>
              </label>
              <label>Name of a new token <input name="name" value="${user}" maxlength="100" /></label>`
          : html`<p>It gets the token that you are logged in with.</p>
              <input type="hidden" name="choice" value="mine" />`
      }
      <div class="row">
        <button class="main" name="answer" value="yes">Log it in</button>
        <button name="answer" value="no">Refuse</button>
      </div>
    </form>
  </section>`;
}
