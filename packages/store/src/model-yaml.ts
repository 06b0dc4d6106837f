import type { ModelInfo } from "./model-info.js";

/** @throws BENTO_MODEL_INVALID naming `where` and the reason */
export function parseModelYaml(source: Uint8Array | string, where: string): ModelInfo {
  throw new Error(`not yet: ${where} ${source.length}`);
}

export function formatModelYaml(info: ModelInfo): string {
  throw new Error(`not yet: ${info.apiVersion}`);
}
