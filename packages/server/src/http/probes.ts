import { BentoError } from "@bento/core";

import type { HealthCheck } from "../health/health-check.js";
import { answering, type Handler } from "./pipeline.js";
import { reply, textType } from "./reply.js";

/** The answer of a healthy probe: one newline, as from BentoML. */
const ok = () => reply(200, textType, "\n");

/** The same of a service with models: a line for each that it serves. */
const serving = (models: readonly string[]) => (models.length === 0 ? ok() : reply(200, textType, `${models.toSorted().join("\n")}\n`));

/** Says why a service is not well; the rest is for the log alone. */
const unwell = (what: string, hook: string) => reply(503, textType, `The service is ${what}: its ${hook} hook says so.\n`);

/**
 * Whether the process is alive: it answers, so it is, unless the service itself says otherwise.
 * @param check asks the service, where it has anything to say
 */
export function makeLivez(check: HealthCheck | undefined): Handler {
  if (check === undefined) return answering(ok);
  return answering(async () => ((await check.isWell()) ? ok() : unwell("dead", "liveness")));
}

/** What readiness depends on. */
export interface ReadinessParts {
  readonly isReady: () => boolean;
  /** Says why not, where there is more to say than that. */
  readonly trouble: () => BentoError | undefined;
  /** The exact models that are served. */
  readonly models: () => readonly string[];
  /** Asks the service, where it has anything to say. */
  readonly readiness: HealthCheck | undefined;
}

/**
 * Whether requests can be answered: not before the start-up hooks are through, not while draining, and not while the
 * service itself says otherwise. Then the answer names its models, if it has any.
 */
export function makeReadyz({ isReady, trouble, models, readiness }: ReadinessParts): Handler {
  return answering(() => {
    if (isReady()) {
      if (readiness === undefined) return serving(models());
      return readiness.isWell().then((isWell) => (isWell ? serving(models()) : unwell("not ready", "readiness")));
    }
    throw trouble() ?? new BentoError("BENTO_UNAVAILABLE", "The service is draining.", { hint: "Send the request to another instance." });
  });
}
