import { Refusal } from "../http/refusal.js";

/** Bytes that the files of all requests may have on disk together, unless `maxSpoolBytes` says otherwise: 4 GiB. */
export const defaultMaxSpoolBytes = 4 * 1024 ** 3;

/** The room on disk that all requests of one app share. */
export class SpoolRoom {
  /** Bytes. */
  readonly total: number;
  #left: number;

  constructor(total: number) {
    this.total = total;
    this.#left = total;
  }

  /** Takes room; `false` where there is less. */
  take(bytes: number): boolean {
    if (bytes > this.#left) return false;
    this.#left -= bytes;
    return true;
  }

  /** Gives back what was taken. */
  give(bytes: number): void {
    this.#left += bytes;
  }
}

/**
 * The room of one process where workers take connections by themselves and share what the server may have. One whole body
 * fits all the same, or nobody could send the largest that is allowed.
 */
export function spoolRoomOf(maxSpoolBytes: number, maxBodyBytes: number, processes = 1): SpoolRoom {
  return new SpoolRoom(Math.max(Math.floor(maxSpoolBytes / processes), Math.min(maxSpoolBytes, maxBodyBytes)));
}

/** The error for a request whose files find no room, on a disk that is full or that the files of others may not fill. */
export function noSpoolRoom(cause?: unknown): Refusal {
  const message = "The files of this and other requests do not find room on this server's disk.";
  return new Refusal("disk", message, "Try again after a pause; or start the server with a larger maxSpoolBytes, and disk enough.", cause);
}
