import { GcsServer } from "../../support/gcs-server.js";
import type { Address, FaultyPlace, PlaceOptions } from "./faulty-places.js";

const bucketName = "models";

/** A bucket at the stand-in for Google's server, looked at from inside of it. */
export class GcsPlace implements FaultyPlace {
  readonly proxy = {};
  readonly port: number;
  readonly #server: GcsServer;
  readonly #bucket: ReturnType<GcsServer["makeBucket"]>;

  private constructor(server: GcsServer) {
    this.#server = server;
    this.#bucket = server.makeBucket(bucketName);
    this.port = server.port;
  }

  static async start(): Promise<GcsPlace> {
    return new GcsPlace(await GcsServer.start());
  }

  url(path: string): string {
    return `gs://${bucketName}/${path}`;
  }

  options({ host, port }: Address): PlaceOptions {
    return { params: { endpoint: `http://${host}:${port}`, anonymous: "true" } };
  }

  names(): Promise<readonly string[]> {
    return Promise.resolve([...this.#bucket.objects.keys(), ...this.#server.sessions.keys()].toSorted());
  }

  read(path: string): Promise<Uint8Array> {
    const object = this.#bucket.objects.get(path);
    return object === undefined ? Promise.reject(new Error(`there is no ${path}`)) : Promise.resolve(object.bytes);
  }

  put(path: string, bytes: Uint8Array): Promise<void> {
    this.#bucket.put(path, Buffer.from(bytes), undefined);
    return Promise.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }
}
