import type ssh2 from "ssh2";
import { remoteFailure } from "../../remote-failure.js";
import { connectSsh, type SshConnection, type SshPlace } from "./connect-ssh.js";
import { sftpFailure, type Undertaking } from "./failures.js";
import type { SftpClient } from "./sftp-client.js";
import type { SftpDialer } from "./sftp-remote.js";
import type { SshSettings } from "./ssh-settings.js";

/** One connection for all calls, made with the first of them, and anew by the next one when it broke. */
export class SshDialer implements SftpDialer {
  readonly #library: typeof ssh2;
  readonly #settings: SshSettings;
  readonly #place: SshPlace;
  readonly #closing = new AbortController();
  #dialing: Promise<SshConnection> | undefined;
  #connection: SshConnection | undefined;

  constructor(library: typeof ssh2, settings: SshSettings, place: SshPlace) {
    this.#library = library;
    this.#settings = settings;
    this.#place = place;
  }

  async reach(): Promise<SftpClient> {
    const under: Undertaking = { doing: "reach", place: this.#place.name, secrets: this.#place.secrets };
    if (this.#closing.signal.aborted) throw remoteFailure({ ...under, reason: "it was closed" });
    if (this.#connection !== undefined && this.#connection.sftp.broken === undefined) return this.#connection.sftp;
    this.#dialing ??= this.#dial();
    try {
      return (await this.#dialing).sftp;
    } catch (error) {
      throw sftpFailure(error, under);
    }
  }

  async aside(work: (client: SftpClient) => Promise<void>, signal: AbortSignal): Promise<void> {
    const ending = AbortSignal.any([this.#closing.signal, signal]);
    const connection = await connectSsh(this.#library, this.#settings, this.#place, ending);
    try {
      await work(connection.sftp);
    } finally {
      connection.close();
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#connection?.close();
    await this.#dialing?.catch(() => {});
  }

  async #dial(): Promise<SshConnection> {
    try {
      this.#connection?.close();
      const connection = await connectSsh(this.#library, this.#settings, this.#place, this.#closing.signal);
      if (this.#closing.signal.aborted) connection.close();
      this.#connection = connection;
      return connection;
    } finally {
      this.#dialing = undefined;
    }
  }
}
