import { BentoError } from "@bento/core";
import { html } from "hono/html";

import type { LoginCodes } from "../http/login-codes.js";
import type { Route, RouteContext } from "../http/route.js";
import type { TokenInfo, Tokens, Scope } from "../tokens/tokens.js";
import { type Html, message } from "./layout.js";
import { confirmForm, loginForm } from "./login-pages.js";
import { formOf, loginPath, ownForm, type PageGuard } from "./page-guard.js";
import { page } from "./page-routes.js";
import { timeText } from "./texts.js";

export interface TokenPageParts {
  readonly tokens: Tokens;
  readonly codes: LoginCodes;
  readonly guard: PageGuard;
}

/** So long a token lives that was made in the browser for a program. Milliseconds. */
const madeForMs = 90 * 24 * 3_600_000;
/** Tokens that are listed. */
const mostTokens = 500;

/** Who is logged in to the page, and which programs get a token through it. */
export function tokenPages({ tokens, codes, guard }: TokenPageParts): readonly Route[] {
  const showLogin = (context: RouteContext): Promise<Response> =>
    page(context, { title: "Log in" }, loginForm({ code: context.req.query("code") }));
  const login = async (context: RouteContext): Promise<Response> => {
    const form = await formOf(context);
    const code = form.get("code") ?? undefined;
    try {
      await guard.login(context, (form.get("token") ?? "").trim());
    } catch (error) {
      if (!BentoError.is(error) || error.status >= 500) throw error;
      return page(context, { title: "Log in" }, loginForm({ code, problem: error.message }), error.status);
    }
    return context.redirect(code === undefined ? "/models" : `/api_tokens?${new URLSearchParams({ code }).toString()}`, 303);
  };
  const logout = async (context: RouteContext): Promise<Response> => {
    await ownForm(context);
    guard.logout(context);
    return context.redirect("/login", 303);
  };
  const show = async (context: RouteContext): Promise<Response> => {
    const code = context.req.query("code");
    const [caller, session] = [context.get("caller"), context.get("session")];
    if (caller === undefined || session === undefined) return context.redirect(loginPath(code), 303);
    const isAdmin = caller.scope === "admin";
    if (code === undefined) return page(context, { title: "Tokens", at: "tokens" }, isAdmin ? await tokenList(tokens) : notYours());
    if (!codes.isWaiting(code))
      return said(context, "Nobody waits for this login any more", "Start it again: a code is good for ten minutes, and once.", 404);
    return page(
      context,
      { title: "Log a program in?" },
      confirmForm({ code, user: caller.name, formKey: session.formKey, canMake: isAdmin }),
    );
  };
  const confirm = async (context: RouteContext): Promise<Response> => {
    const form = await ownForm(context);
    const code = form.get("code") ?? "";
    if (form.get("answer") !== "yes") {
      codes.deny(code);
      return said(context, "Refused", "The program gets no token.");
    }
    const mine = context.get("session")?.token ?? "";
    if (!codes.isWaiting(code) || mine === "") return said(context, "Nobody waits for this login any more", "Start it again.", 404);
    const choice = form.get("choice");
    const token = choice === "mine" ? mine : await made(tokens, context, choice, form.get("name") ?? "");
    codes.confirm(code, token);
    return said(context, "Done", "The program is logged in. You can close this page.");
  };
  return [
    { method: "GET", path: "/login", access: "open", handle: showLogin },
    { method: "POST", path: "/login", access: "open", audit: "page.login", handle: login },
    { method: "POST", path: "/logout", access: "session", handle: logout },
    { method: "GET", path: "/api_tokens", access: "session", handle: show },
    { method: "POST", path: "/api_tokens/confirm", access: "session", audit: "token.hand-out", handle: confirm },
  ];
}

/** A token of its own for a program, which only whoever may do everything can give away. */
async function made(tokens: Tokens, context: RouteContext, choice: string | null, name: string): Promise<string> {
  if (context.get("caller")?.scope !== "admin") throw new BentoError("BENTO_FORBIDDEN", "Only an admin makes tokens.");
  const scope: Scope = choice === "read" ? "read" : "write";
  // Names are there once; a program has one of its own each time.
  const unique = `${name.trim().slice(0, 70) || "program"}, ${new Date().toISOString().slice(0, 19).replace("T", " ")}`;
  const description = "for a program, through the browser";
  return (await tokens.create({ name: unique, scope, description, expiresAt: new Date(Date.now() + madeForMs).toISOString() })).token;
}

function said(context: RouteContext, title: string, text: string, status = 200): Promise<Response> {
  return page(context, { title }, message(title, text), status);
}

function notYours(): Html {
  return html`<section class="card narrow">
    <h1>Tokens</h1>
    <p>An admin of this registry makes and revokes tokens.</p>
  </section>`;
}

async function tokenList(tokens: Tokens): Promise<Html> {
  const { items, total } = await tokens.list({ count: mostTokens });
  return html`<section class="card">
    <h1>Tokens</h1>
    <p class="faint">
      ${total} valid. <code>bento registry token create NAME</code> makes one, <code>bento registry token revoke ID</code> ends one.
    </p>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            ${["Name", "May", "Made", "Ends", "Last used", "Id"].map((text) => html`<th scope="col">${text}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${items.map((record) => tokenRow(record))}
        </tbody>
      </table>
    </div>
  </section>`;
}

function tokenRow({ id, name, scope, createdAt, expiresAt, lastUsedAt }: TokenInfo): Html {
  return html`<tr>
    <td class="name">${name}</td>
    <td>${scope}</td>
    <td>${timeText(createdAt)}</td>
    <td>${expiresAt === null ? "never" : timeText(expiresAt)}</td>
    <td>${lastUsedAt === null ? "never" : timeText(lastUsedAt)}</td>
    <td><code>${id}</code></td>
  </tr>`;
}
