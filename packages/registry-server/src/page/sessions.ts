import { randomBytes } from "node:crypto";

/** So long somebody stays logged in. Milliseconds. */
const lifeMs = 12 * 60 * 60_000;
const most = 10_000;

/** Somebody who is logged in to the page. */
export interface Session {
  readonly id: string;
  /** Asked for anew with every request, so that a revoked one ends the session. */
  readonly token: string;
  /** What a form of ours carries, and no other page knows. */
  readonly formKey: string;
  readonly expiresAt: number;
}

/**
 * Who is logged in to the page. The cookie holds a random id alone: a browser sends it to every port of a host, and the
 * token is nothing for other programs there. Kept in memory: a restart logs everybody out.
 */
export class Sessions {
  readonly #sessions = new Map<string, Session>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Begins a session of whoever has this token. */
  begin(token: string): Session {
    this.#forgetOld();
    const session = { id: random(), token, formKey: random(), expiresAt: this.#now() + lifeMs };
    this.#sessions.set(session.id, session);
    return session;
  }

  /** The session that a cookie names. */
  get(id: string): Session | undefined {
    const session = this.#sessions.get(id);
    return session !== undefined && session.expiresAt > this.#now() ? session : undefined;
  }

  end(id: string): void {
    this.#sessions.delete(id);
  }

  /** Sessions are in the order in which they began, and all live equally long. */
  #forgetOld(): void {
    for (const [id, { expiresAt }] of this.#sessions) {
      if (expiresAt > this.#now() && this.#sessions.size < most) return;
      this.#sessions.delete(id);
    }
  }
}

function random(): string {
  return randomBytes(32).toString("base64url");
}
