import { AsyncLocalStorage } from "node:async_hooks";
import type { Context } from "@bento/core";
import type { Binding } from "./binding.js";
import { serviceInvalid } from "./service-invalid.js";

/** What is known anywhere below a running call or hook. */
interface Frame {
  /** Absent in lifecycle hooks. */
  readonly context: Context | undefined;
  readonly binding: Binding;
}

const key = Symbol.for("bento.frames");
const shared = globalThis as { [key]?: AsyncLocalStorage<Frame> };
const frames: AsyncLocalStorage<Frame> = (shared[key] ??= new AsyncLocalStorage<Frame>());

/**
 * The context of the call that is running: the same object as the method's second argument, anywhere below it.
 * @throws BENTO_SERVICE_INVALID outside a call, and in lifecycle hooks
 */
export function getContext(): Context {
  const context = frames.getStore()?.context;
  if (context !== undefined) return context;
  throw serviceInvalid(
    "getContext() was called where no request is being answered.",
    "Call it within an api method, not at module level, in a constructor or in a lifecycle hook.",
  );
}

/** The binding of the call or hook that is running. */
export function runningBinding(): Binding | undefined {
  return frames.getStore()?.binding;
}

/**
 * Runs a call, so that {@link getContext} and references made outside the instance find their way. A hook has no context.
 *
 * A generator's body runs within its consumer's `next()`, so iterate it inside `run` too.
 */
export function runWithContext<T>(context: Context | undefined, binding: Binding, run: () => T): T {
  return frames.run({ context, binding }, run);
}
