/** What every command takes. */
export interface GlobalOptions {
  /** The store's folder; default: BENTOML_HOME, else `~/bentoml`. */
  readonly home?: string;
  /** Print the stack of an error. */
  readonly debug?: true;
  /** Say more on stderr. */
  readonly verbose?: true;
}
