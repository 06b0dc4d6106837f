import { BentoError } from "@bento/core";
import type { AnyAuthMethod, BaseAgent, IdentityCallback, ParsedKey, SignCallback, SigningRequestOptions } from "ssh2";
import type ssh2 from "ssh2";
import { textOf } from "./config-files.js";
import type { SshSettings } from "./ssh-settings.js";

type Ssh2 = typeof ssh2;

/** One way to log in. */
interface Attempt {
  /** For people. */
  readonly label: string;
  /** What servers call it. */
  readonly method: "publickey" | "password" | "keyboard-interactive";
  readonly how: AnyAuthMethod;
}

/** The ways in which we try to log in to a server, those that were asked for by name before those that just lie there. */
export class Credentials {
  /** What was shown to the server. */
  readonly tried: string[] = [];
  /** What could not be shown, and why. */
  readonly notes: string[] = [];
  /** What the server said it takes. */
  accepted: readonly string[] = [];
  readonly #username: string;
  readonly #attempts: Attempt[] = [];

  private constructor(username: string) {
    this.#username = username;
  }

  /** @throws BENTO_CONFIG_INVALID for a key that was asked for and cannot be used */
  static async gather(library: Ssh2, settings: SshSettings): Promise<Credentials> {
    const credentials = new Credentials(settings.user);
    const { key, passphrase, namedFiles, usualFiles, password } = settings;
    if (key !== undefined) credentials.#addKey("key", "the parameter key", keyFrom(library, key, passphrase, "The parameter key"));
    for (const file of namedFiles) {
      const text = textOf(file);
      if (text === undefined) throw new BentoError("BENTO_CONFIG_INVALID", `There is no key ${JSON.stringify(file)}.`);
      credentials.#addFile(library, file, text, passphrase);
    }
    if (password !== undefined) credentials.#addPassword(password);
    await credentials.#addAgent(library, settings);
    for (const file of usualFiles) {
      const text = textIfReadable(file);
      if (text !== undefined && !namedFiles.includes(file)) credentials.#addFile(library, file, text, passphrase);
    }
    return credentials;
  }

  /** What to try next, given what the server takes: `undefined` at the beginning, when nobody knows. */
  next(accepted: readonly string[] | undefined): AnyAuthMethod | false {
    if (accepted === undefined) return { type: "none", username: this.#username };
    this.accepted = accepted;
    const index = this.#attempts.findIndex(({ method }) => accepted.includes(method));
    const [attempt] = index === -1 ? [] : this.#attempts.splice(index, 1);
    if (attempt === undefined) return false;
    this.tried.push(attempt.label);
    return attempt.how;
  }

  #addKey(label: string, name: string, key: ParsedKey | BentoError): void {
    if (key instanceof BentoError) throw key;
    this.#attempts.push({ label: `${label} (${name})`, method: "publickey", how: { type: "publickey", username: this.#username, key } });
  }

  /** A key that is encrypted may be had from an agent: it is no mistake. */
  #addFile(library: Ssh2, file: string, text: string, passphrase: string | undefined): void {
    const key = keyFrom(library, text, passphrase, `The key ${JSON.stringify(file)}`);
    if (key instanceof BentoError) this.notes.push(key.message.replace(/\.$/, ""));
    else this.#addKey("key", file, key);
  }

  #addPassword(password: string): void {
    const username = this.#username;
    this.#attempts.push({ label: "password", method: "password", how: { type: "password", username, password } });
    this.#attempts.push({
      label: "password (keyboard-interactive)",
      method: "keyboard-interactive",
      how: {
        type: "keyboard-interactive",
        username,
        prompt: (_name, _instructions, _language, prompts, finish) => finish(prompts.map(({ echo }) => (echo === true ? "" : password))),
      },
    });
  }

  async #addAgent(library: Ssh2, settings: SshSettings): Promise<void> {
    if (settings.agent === undefined) return;
    const agent = library.createAgent(settings.agent);
    const keys = await identities(agent);
    if (keys instanceof Error) {
      this.notes.push(`the agent at ${JSON.stringify(settings.agent)} does not answer: ${keys.message}`);
      return;
    }
    const files = [...settings.namedFiles, ...settings.usualFiles];
    const wanted = settings.identitiesOnly ? keys.filter((key) => isOfFiles(library, key, files, settings.passphrase)) : keys;
    if (wanted.length === 0) return;
    this.#attempts.push({
      label: `agent (${wanted.length} ${wanted.length === 1 ? "key" : "keys"})`,
      method: "publickey",
      how: { type: "agent", username: this.#username, agent: someKeysOf(library, agent, wanted) },
    });
  }
}

/** @returns an error in place of a key that cannot be used */
function keyFrom(library: Ssh2, text: string, passphrase: string | undefined, what: string): ParsedKey | BentoError {
  const key = library.utils.parseKey(text, passphrase);
  if (!(key instanceof Error)) {
    // A file with several keys gives a list; the first one counts.
    const [first = key] = Array.isArray(key) ? (key as ParsedKey[]) : [key];
    if (first.isPrivateKey()) return first;
    return new BentoError("BENTO_CONFIG_INVALID", `${what} is not a private one.`);
  }
  const isEncrypted = /encrypted|passphrase|decrypt/i.test(key.message) || passphrase !== undefined;
  const isWrong = passphrase === undefined ? "it is encrypted, and no passphrase was given" : "the passphrase does not fit";
  return new BentoError("BENTO_CONFIG_INVALID", `${what} cannot be used: ${isEncrypted ? isWrong : key.message}.`, {
    hint: isEncrypted ? "Give params.passphrase, or BENTO_SSH_PASSPHRASE in the environment, or add the key to an agent." : undefined,
  });
}

function identities(agent: BaseAgent): Promise<readonly ParsedKey[] | Error> {
  return new Promise((resolve) => {
    agent.getIdentities((error, keys) => resolve(error ?? (keys as ParsedKey[] | undefined) ?? []));
  });
}

/** Whether a key of the agent is that of one of the files, or of the file with its public half. */
function isOfFiles(library: Ssh2, key: ParsedKey, files: readonly string[], passphrase: string | undefined): boolean {
  return files.some((file) => {
    for (const text of [textIfReadable(`${file}.pub`), textIfReadable(file)]) {
      const parsed = text === undefined ? undefined : library.utils.parseKey(text, passphrase);
      if (parsed !== undefined && !(parsed instanceof Error)) return parsed.getPublicSSH().equals(key.getPublicSSH());
    }
    return false;
  });
}

/** An agent that shows only some of its keys. */
function someKeysOf(library: Ssh2, agent: BaseAgent, keys: readonly ParsedKey[]): BaseAgent {
  class SomeKeys extends library.BaseAgent {
    override getIdentities(callback: IdentityCallback): void {
      callback(undefined, [...keys]);
    }
    override sign(key: ParsedKey, data: Buffer, options: SigningRequestOptions | SignCallback, callback?: SignCallback): void {
      if (typeof options === "function") agent.sign(key, data, options);
      else agent.sign(key, data, options, callback);
    }
  }
  return new SomeKeys();
}

function textIfReadable(file: string): string | undefined {
  try {
    return textOf(file);
  } catch {
    return undefined;
  }
}
