import { BentoError } from "@bento/core";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";

import { type AccessParts, anyone, verified } from "../http/access.js";
import { bodyText } from "../http/json-body.js";
import type { RouteContext } from "../http/route.js";
import type { Session, Sessions } from "./sessions.js";

const maxFormBytes = 64 * 1024;

export interface PageGuardParts extends AccessParts {
  readonly sessions: Sessions;
  readonly isSecure: boolean;
}

/** Who may see the page: whoever has a session, which a cookie names that no script can read. */
export class PageGuard {
  readonly #parts: PageGuardParts;
  readonly #cookie: string;
  /** Of everybody, where no tokens are asked for. */
  readonly #common: Session | undefined;

  constructor(parts: PageGuardParts) {
    this.#parts = parts;
    // The prefix keeps other hosts of a domain from setting it; browsers take it over TLS only.
    this.#cookie = parts.isSecure ? "__Host-bento_registry" : "bento_registry";
    this.#common = parts.insecure ? parts.sessions.begin("") : undefined;
  }

  /** Sets `session` and `caller`. @returns where nobody is logged in, an answer that leads to the login */
  async enter(context: RouteContext): Promise<Response | undefined> {
    const session = this.#common ?? this.#parts.sessions.get(getCookie(context, this.#cookie) ?? "");
    const caller = session === undefined ? undefined : this.#common === undefined ? await this.#parts.tokens.verify(session.token) : anyone;
    if (session === undefined || caller === undefined) return context.redirect(loginPath(context.req.query("code")), 303);
    context.set("session", session);
    context.set("caller", caller);
    return undefined;
  }

  /** Logs in. @throws BENTO_UNAUTHORIZED, BENTO_TOO_MANY_REQUESTS */
  async login(context: RouteContext, token: string): Promise<void> {
    await verified(token === "" ? undefined : token, context.get("address"), this.#parts);
    const { id } = this.#parts.sessions.begin(token);
    setCookie(context, this.#cookie, id, { httpOnly: true, sameSite: "Lax", secure: this.#parts.isSecure, path: "/" });
  }

  logout(context: RouteContext): void {
    const session = context.get("session");
    if (session !== undefined) this.#parts.sessions.end(session.id);
    deleteCookie(context, this.#cookie, { path: "/", secure: this.#parts.isSecure });
  }
}

/** Where somebody logs in; a program may be waiting with a code. */
export function loginPath(code: string | undefined): string {
  return code === undefined ? "/login" : `/login?${new URLSearchParams({ code }).toString()}`;
}

/** What a form of the page sent. @throws BENTO_BAD_REQUEST, BENTO_PAYLOAD_TOO_LARGE */
export async function formOf(context: RouteContext): Promise<URLSearchParams> {
  const type = context.req.header("content-type") ?? "";
  if (!/^application\/x-www-form-urlencoded\b/i.test(type))
    throw new BentoError("BENTO_BAD_REQUEST", "This takes what a form of the page sends.");
  // Programs send no Origin, and forms are for browsers.
  if (context.req.header("origin") === undefined && context.req.header("sec-fetch-site") !== "same-origin") {
    throw new BentoError("BENTO_FORBIDDEN", "This takes what a browser sends from the page itself.");
  }
  return new URLSearchParams(await bodyText(context, maxFormBytes));
}

/** The same of a form that only our own page could have filled in. @throws BENTO_FORBIDDEN */
export async function ownForm(context: RouteContext): Promise<URLSearchParams> {
  const form = await formOf(context);
  if (form.get("form_key") === context.get("session")?.formKey) return form;
  throw new BentoError("BENTO_FORBIDDEN", "The form is not of this session.", { hint: "Open the page again, and send it anew." });
}
