import { parseChallenges } from "./challenges.js";
import { Digest, type Login } from "./digest.js";

/** How one proves to a server who one is. It is asked for requests to that server alone. */
export interface Authorization {
  /** The header of a request; `undefined` for none. */
  header(method: string, url: URL): string | undefined;
  /**
   * Takes up how the server wants it.
   * @param sent the header that was not enough
   * @returns whether the same request may do better now
   */
  challenged(challenge: string, sent: string | undefined): boolean;
}

/** A token, which is sent at once. */
export class TokenAuthorization implements Authorization {
  readonly #token: string;

  constructor(token: string) {
    this.#token = token;
  }

  header(): string {
    return `Bearer ${this.#token}`;
  }

  challenged(): boolean {
    return false;
  }
}

/** A user and a password. They are sent at once where nobody can listen, else when the server asks for them, as a digest if it takes one. */
export class PasswordAuthorization implements Authorization {
  readonly #login: Login;
  #isBasic: boolean;
  #digest: Digest | undefined;

  constructor(login: Login, isSecure: boolean) {
    this.#login = login;
    this.#isBasic = isSecure;
  }

  header(method: string, url: URL): string | undefined {
    if (this.#digest !== undefined) return this.#digest.header(this.#login, method, url.pathname + url.search);
    return this.#isBasic ? basic(this.#login) : undefined;
  }

  challenged(challenge: string, sent: string | undefined): boolean {
    const challenges = parseChallenges(challenge);
    const digest = Digest.of(challenges);
    if (digest === undefined) {
      this.#isBasic ||= challenges.some(({ scheme }) => scheme === "basic");
      return this.#isBasic && sent === undefined;
    }
    // Another request, meanwhile, may have got a newer one already.
    const isOutdated = this.#digest !== undefined && sent?.includes(`nonce="${this.#digest.nonce}"`) !== true;
    const isStale = challenges.some(({ params }) => params.get("stale")?.toLowerCase() === "true");
    if (!isOutdated) this.#digest = digest;
    return sent?.startsWith("Digest ") !== true || isStale || isOutdated;
  }
}

function basic({ user, password }: Login): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}
