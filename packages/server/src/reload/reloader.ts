import { relative } from "node:path";

import type { BentoApp } from "../bento-app.js";
import type { Logger } from "../http/log.js";
import { watchSources } from "./watch-sources.js";

/** What is reloaded, and who is told of it. */
export interface ReloaderOptions {
  readonly app: Pick<BentoApp, "reload" | "spec">;
  /** `file:` URL of the service's module. */
  readonly entry: string;
  readonly logger: Logger | undefined;
}

/**
 * Reloads a service whenever a file of its project changes. What does not compile, or does not start, is told with its
 * place, and the old workers go on.
 * @returns ends it
 */
export async function reloadOnChange({ app, entry, logger }: ReloaderOptions): Promise<() => Promise<void>> {
  let running: Promise<void> | undefined;
  let isAgain = false;
  let isOver = false;
  const reload = async (files: readonly string[]): Promise<void> => {
    const startedAt = performance.now();
    const names = files.map((file) => relative(process.cwd(), file));
    try {
      await app.reload();
      const ms = Math.round(performance.now() - startedAt);
      logger?.info({ files: names, ms }, `${app.spec.name} was reloaded in ${ms} ms: ${listed(names)} changed`);
    } catch (error) {
      if (!isOver) logger?.error({ err: error, files: names }, `${app.spec.name} goes on as it was: ${(error as Error).message}`);
    }
  };
  const onChange = (files: readonly string[]): void => {
    if (running !== undefined) {
      isAgain = true;
      return;
    }
    running = reload(files).finally(() => {
      running = undefined;
      const isStale = isAgain && !isOver;
      isAgain = false;
      // What changed meanwhile may not be in what was loaded.
      if (isStale) onChange(files);
    });
  };
  const stopWatching = await watchSources(entry, onChange);
  return async () => {
    isOver = true;
    await stopWatching();
  };
}

function listed(names: readonly string[]): string {
  const [first = "", ...others] = names;
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}
