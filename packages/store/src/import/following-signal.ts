/** A signal that follows another one, until what that one says counts no more. */
export class FollowingSignal implements Disposable {
  readonly #own = new AbortController();
  readonly #followed: AbortSignal | undefined;

  constructor(followed: AbortSignal | undefined) {
    this.#followed = followed;
    if (followed?.aborted) this.#follow();
    else followed?.addEventListener("abort", this.#follow, { once: true });
  }

  get signal(): AbortSignal {
    return this.#own.signal;
  }

  /** Follows no longer: a signal that is not aborted by now never will be. */
  [Symbol.dispose](): void {
    this.#followed?.removeEventListener("abort", this.#follow);
  }

  readonly #follow = (): void => {
    this.#own.abort(this.#followed?.reason);
  };
}
