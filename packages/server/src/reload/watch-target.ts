import { locateTarget } from "../entry/load-target.js";

/** Who watches what a service is written in. */
export interface WatchTargetOptions {
  /** Told which files changed, by their absolute paths: once for all that change together. */
  readonly onChange: (files: readonly string[]) => void;
  /** Tells also of what was changed from then on, before the watch began; see `Date.now()`. @default nothing */
  readonly since?: number | undefined;
}

/**
 * Watches the project of a service that is named by its file, as `serve("./service.ts:Name", { reload: true })` does: for
 * a program that waits until a service which could not be started is repaired. That takes a new process, as one can load
 * a module only once.
 * @returns resolves when changes are seen; ends the watch
 * @throws BENTO_ENTRY_INVALID for a file that is not there
 */
export async function watchTarget(target: string, { onChange, since }: WatchTargetOptions): Promise<() => Promise<void>> {
  const entry = locateTarget(target);
  // It loads what watches files, of which most programs have no use.
  const { watchSources } = await import("./watch-sources.js");
  return watchSources(entry, onChange, since);
}
