import type { ByteReader } from "./byte-reader.js";
import { lzmaFailure } from "./decode-block.js";
import { damaged } from "../damage.js";
import { cutOff } from "./broken.js";
import { type Coded, Liblzma, type LzmaError } from "./liblzma.js";

/** Input for one run of liblzma. LZMA makes at most some 7,000 bytes of one, and nothing says beforehand how many. */
const inputBytes = 8192;

/** The content of a legacy `.lzma` file, which has no checksum: only its end can be told. */
export async function* decodeAlone(reader: ByteReader, memoryLimit: number): AsyncGenerator<Uint8Array, void> {
  const decoder = Liblzma.aloneDecoder(memoryLimit);
  let given = 0;
  const code = async (input: Uint8Array | null): Promise<Coded> => {
    try {
      return await decoder.code(input);
    } catch (error) {
      throw lzmaFailure(error as LzmaError);
    }
  };
  try {
    for (;;) {
      await reader.fill(inputBytes);
      if (reader.length === 0) throw cutOff();
      const input = reader.take(Math.min(reader.length, inputBytes));
      given += input.length;
      const { output, isEnded, totalIn } = await code(input);
      yield* output;
      if (!isEnded) continue;
      if (totalIn < given || (await reader.fill(1))) throw damaged("The lzma archive is followed by bytes that do not belong to it.");
      return;
    }
  } finally {
    decoder.close();
  }
}
