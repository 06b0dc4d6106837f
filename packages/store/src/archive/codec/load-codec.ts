import type { CodecName } from "../format.js";
import type { Codec } from "./codec.js";

const codecs: Readonly<Record<CodecName, () => Promise<Codec>>> = {
  xz: async () => (await import("./xz.js")).xz,
  gzip: async () => (await import("./gzip.js")).gzip,
  bzip2: async () => (await import("./bzip2.js")).bzip2,
  zstd: async () => (await import("./zstd.js")).zstd,
};

/** The codec of a name; its code is loaded when it is first asked for. */
export function loadCodec(name: CodecName): Promise<Codec> {
  return codecs[name]();
}
