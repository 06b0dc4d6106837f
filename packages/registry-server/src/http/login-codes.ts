import { randomBytes } from "node:crypto";

/** So long a login through the browser may take. Milliseconds. */
const lifeMs = 10 * 60_000;
/** Anybody may ask for codes: the oldest go. */
const most = 1000;

interface Login {
  readonly expiresAt: number;
  /** There once somebody agreed in the browser. */
  token?: string;
}

/**
 * Logins through the browser that wait for somebody to agree. A program asks for a code, opens the page with it, and asks
 * for the token until it is there. Kept in memory: a code is worth nothing after a restart.
 */
export class LoginCodes {
  readonly #logins = new Map<string, Login>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** A new code, which nobody can guess. */
  begin(): string {
    this.#forgetOld();
    const code = randomBytes(32).toString("base64url");
    this.#logins.set(code, { expiresAt: this.#now() + lifeMs });
    return code;
  }

  /** Whether somebody waits for an answer to this code. */
  isWaiting(code: string): boolean {
    const login = this.#live(code);
    return login !== undefined && login.token === undefined;
  }

  /** Hands a token to whoever asks with this code next. @returns whether somebody waits for it */
  confirm(code: string, token: string): boolean {
    const login = this.#live(code);
    if (login === undefined || login.token !== undefined) return false;
    login.token = token;
    return true;
  }

  /** Forgets a code: whoever asks with it waits in vain. */
  deny(code: string): void {
    this.#logins.delete(code);
  }

  /** The token, once. */
  take(code: string): string | undefined {
    const token = this.#live(code)?.token;
    if (token !== undefined) this.#logins.delete(code);
    return token;
  }

  #live(code: string): Login | undefined {
    const login = this.#logins.get(code);
    if (login !== undefined && login.expiresAt > this.#now()) return login;
    this.#logins.delete(code);
    return undefined;
  }

  /** Codes are in the order in which they were made, and all live equally long. */
  #forgetOld(): void {
    for (const [code, { expiresAt }] of this.#logins) {
      if (expiresAt > this.#now() && this.#logins.size < most) return;
      this.#logins.delete(code);
    }
  }
}
