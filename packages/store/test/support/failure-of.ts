import { BentoError } from "@bento/core";

/** The BentoError that work ends with. */
export async function failureOf(work: PromiseLike<unknown> | (() => unknown)): Promise<BentoError> {
  try {
    await (typeof work === "function" ? work() : work);
  } catch (error) {
    if (BentoError.is(error)) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
