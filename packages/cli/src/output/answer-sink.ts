import { createWriteStream } from "node:fs";
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { Writable } from "node:stream";
import { BentoError, baseName } from "@bento/core";
import type { Terminal } from "../terminal/terminal.js";
import { visible } from "./visible.js";

/** Where an answer goes. */
export interface AnswerSink {
  readonly text: (text: string) => Promise<void>;
  readonly bytes: (bytes: Uint8Array) => Promise<void>;
  /** What was written is whole. @returns where it lies, where that is a file */
  readonly end: () => Promise<string | undefined>;
  /** Takes back what was written, where that can be done. */
  readonly abandon: () => Promise<void>;
}

/** Standard output. Bytes are refused where a person looks at it. */
export function terminalSink(terminal: Terminal): AnswerSink {
  let writer: WritableStreamDefaultWriter<Uint8Array> | undefined;
  const isWatched = terminal.outColumns() !== undefined;
  let isLineOpen = false;
  return {
    text: async (text) => {
      // Control characters in it are those of whoever runs the service.
      terminal.out(isWatched ? text.split("\n").map(visible).join("\n") : text);
      isLineOpen = !text.endsWith("\n");
    },
    bytes: async (bytes) => {
      writer ??= terminal.bytesOut().getWriter();
      await writer.write(bytes);
    },
    end: async () => {
      if (isWatched && isLineOpen) terminal.out("\n");
      await writer?.close();
      return undefined;
    },
    abandon: async () => {
      if (isWatched && isLineOpen) terminal.out("\n");
    },
  };
}

/** Bytes of a name: with what stands behind it while it is written, it fits every file system. */
const mostNameBytes = 200;

/** What a service calls its file, as the name of one here: in no other folder, not hidden, and not too long. */
function ownName(name: string): string {
  const bare = baseName(name)?.replace(/^\.+/, "") || "answer";
  const [, stem = "", end = ""] = /^(.*?)(\.[^.]{1,10})?$/s.exec(bare) ?? [];
  const letters = Array.from(new Intl.Segmenter().segment(stem.slice(0, mostNameBytes)), ({ segment }) => segment);
  while (Buffer.byteLength(letters.join("") + end) > mostNameBytes) letters.pop();
  return letters.join("") + end;
}

/**
 * A file. It appears under its name when it is whole, in place of one that is there.
 * @param target the file, or a folder to put it in
 * @param name what the service calls it; only used for a folder, in which nothing is replaced
 * @throws BENTO_TARGET_EXISTS, BENTO_TRANSFER_FAILED
 */
export async function fileSink(target: string, name: string): Promise<AnswerSink> {
  // A name with a slash at its end means a folder, also one that is to be made.
  if (/[/\\]$/.test(target)) await mkdir(target, { recursive: true }).catch(() => undefined);
  const isFolder = /[/\\]$/.test(target) || (await stat(target).catch(() => undefined))?.isDirectory() === true;
  const path = isFolder ? join(target, ownName(name)) : target;
  if (isFolder && (await stat(path).catch(() => undefined)) !== undefined) {
    throw new BentoError("BENTO_TARGET_EXISTS", `${path} is there already.`, { hint: "Name the file in --save: then it is replaced." });
  }
  const partial = `${path}.${process.pid}.part`;
  const file = createWriteStream(partial);
  const writer = Writable.toWeb(file).getWriter() as WritableStreamDefaultWriter<Uint8Array>;
  const orFail = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new BentoError("BENTO_TRANSFER_FAILED", `${path} cannot be written: ${reason}.`, {
        cause,
        hint: "Choose another place with --save.",
      });
    }
  };
  const bytes = (piece: Uint8Array): Promise<void> => orFail(writer.write(piece));
  return {
    bytes,
    text: (text) => bytes(new TextEncoder().encode(text)),
    end: async () => {
      await orFail(writer.close());
      await orFail(rename(partial, path));
      return path;
    },
    abandon: async () => {
      // While it is still being opened, it would come to be there after it was removed.
      const closed = file.closed ? undefined : new Promise<void>((resolve) => void file.once("close", () => resolve()));
      await writer.abort().catch(() => undefined);
      await closed;
      await rm(partial, { force: true });
    },
  };
}
