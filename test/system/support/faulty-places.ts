import {
  CreateBucketCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { randomUUID } from "node:crypto";
import type { FaultProxyOptions } from "../../support/fault-proxy.js";
import { Azurite } from "./azurite.js";
import { swiftCredentials, SwiftServer } from "./swift.js";

/** Where a client of a server goes. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** What is said to get to a file. */
export interface PlaceOptions {
  readonly user?: string;
  readonly password?: string;
  readonly params?: Readonly<Record<string, string>>;
}

/** A place at a real server, looked at by a second client that is not ours: the folder of the server, or its maker's own library. */
export interface FaultyPlace extends AsyncDisposable {
  /** Of the server. */
  readonly port: number;
  readonly proxy: FaultProxyOptions;
  /** What a path is called. */
  url(path: string, address: Address): string;
  options(address: Address): PlaceOptions;
  /** Everything that is there, sorted: also what is hidden, temporary or the part of an upload. */
  names(): Promise<readonly string[]>;
  read(path: string): Promise<Uint8Array>;
  /** Puts a file there, in the place of another. */
  put(path: string, bytes: Uint8Array): Promise<void>;
}

/** A bucket of OpenStack's store. */
export class SwiftPlace implements FaultyPlace {
  readonly proxy = {};
  readonly port: number;
  readonly #server: SwiftServer;
  readonly #client: S3Client;

  private constructor(server: SwiftServer, client: S3Client) {
    this.#server = server;
    this.#client = client;
    this.port = Number(new URL(server.endpoint).port);
  }

  static async start(): Promise<SwiftPlace> {
    const server = await SwiftServer.start();
    const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_REGION: region } = swiftCredentials;
    const client = new S3Client({ endpoint: server.endpoint, region, credentials: { accessKeyId, secretAccessKey }, forcePathStyle: true });
    await client.send(new CreateBucketCommand({ Bucket: "models" }));
    return new SwiftPlace(server, client);
  }

  url(path: string): string {
    return `s3://models/${path}`;
  }

  options({ host, port }: Address): PlaceOptions {
    const { AWS_ACCESS_KEY_ID: user, AWS_SECRET_ACCESS_KEY: password, AWS_REGION: region } = swiftCredentials;
    return { user, password, params: { endpoint: `http://${host}:${port}`, region, partSize: String(5 * 1024 * 1024) } };
  }

  async names(): Promise<readonly string[]> {
    const { Contents = [] } = await this.#client.send(new ListObjectsV2Command({ Bucket: "models" }));
    const { Uploads = [] } = await this.#client.send(new ListMultipartUploadsCommand({ Bucket: "models" }));
    return [...Contents.map(({ Key }) => String(Key)), ...Uploads.map(({ Key }) => `part of ${Key}`)].toSorted();
  }

  async read(path: string): Promise<Uint8Array> {
    const { Body } = await this.#client.send(new GetObjectCommand({ Bucket: "models", Key: path }));
    return (await Body?.transformToByteArray()) ?? new Uint8Array();
  }

  async put(path: string, bytes: Uint8Array): Promise<void> {
    await this.#client.send(new PutObjectCommand({ Bucket: "models", Key: path, Body: bytes }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.destroy();
    await this.#server[Symbol.asyncDispose]();
  }
}

/** A container of Azure's emulator, asked without any library. */
export class AzuritePlace implements FaultyPlace {
  readonly proxy = {};
  readonly port: number;
  readonly #server: Azurite;
  readonly #container = `c${randomUUID()}`;

  private constructor(server: Azurite) {
    this.#server = server;
    this.port = server.port;
  }

  static async start(): Promise<AzuritePlace> {
    const place = new AzuritePlace(await Azurite.start());
    await place.#server.makeContainer(place.#container);
    return place;
  }

  url(path: string): string {
    return `azblob://${this.#container}/${path}`;
  }

  options({ host, port }: Address): PlaceOptions {
    const { account: user, key: password } = this.#server;
    return { user, password, params: { endpoint: `http://${host}:${port}/${user}` } };
  }

  /** Without blocks that became no blob: nobody sees them, nothing can remove them, and Azure forgets them after a week. */
  async names(): Promise<readonly string[]> {
    const list = `restype=container&comp=list&${this.#server.signature({ permissions: "l" })}`;
    const text = await (await fetch(`${this.#server.endpoint}/${this.#container}?${list}`)).text();
    return [...text.matchAll(/<Name>([^<]*)<\/Name>/g)].flatMap(([, name]) => name ?? []).toSorted();
  }

  async read(path: string): Promise<Uint8Array> {
    return new Uint8Array(await (await this.#ask(path)).arrayBuffer());
  }

  async put(path: string, bytes: Uint8Array): Promise<void> {
    await this.#ask(path, { method: "PUT", headers: { "x-ms-blob-type": "BlockBlob" }, body: Uint8Array.from(bytes) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }

  async #ask(path: string, request?: RequestInit): Promise<Response> {
    const { endpoint } = this.#server;
    const answer = await fetch(`${endpoint}/${this.#container}/${path}?${this.#server.signature({ permissions: "rwc" })}`, request);
    if (!answer.ok) throw new Error(`Azurite answered ${answer.status}: ${await answer.text()}`);
    return answer;
  }
}
