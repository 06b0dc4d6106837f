/** A registry that somebody is logged in to. */
export interface CloudContext {
  readonly name: string;
  /** `https://host`. */
  readonly endpoint: string;
  readonly apiToken: string;
  /** Whose token it is; absent where it came from the environment. */
  readonly email?: string | undefined;
}

/** The endpoint where nobody names one. */
export const defaultEndpoint = "https://cloud.bentoml.com";

/** The name of the context that the environment makes. */
export const environmentContext = "__env__";

/** The name of a context that got none. */
export const defaultContext = "default";
