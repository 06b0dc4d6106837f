import { BentoError } from "@bento/core";

/**
 * Loads a package that is installed by those who need it only.
 * @throws BENTO_CONFIG_INVALID naming the package
 */
export async function loadOptional<T>(
  load: () => Promise<T>,
  { name, scheme }: { readonly name: string; readonly scheme: string },
): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const isMissing = cause instanceof Error && "code" in cause && cause.code === "ERR_MODULE_NOT_FOUND";
    if (!isMissing || !cause.message.includes(name)) throw cause;
    throw new BentoError("BENTO_CONFIG_INVALID", `${scheme}:// needs the package ${JSON.stringify(name)}, which is not installed.`, {
      hint: `Install it: npm install ${name}`,
    });
  }
}
