import { InvalidArgumentError } from "commander";

/** A service's URL, for which `localhost:3000` will do. @throws InvalidArgumentError */
export function parseServiceUrl(text: string): string {
  const url = /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  if (text === "" || !URL.canParse(url)) throw new InvalidArgumentError("Write a URL such as http://localhost:3000.");
  return url;
}

/** Collects `Name: value`, once for each time the option is given. @throws InvalidArgumentError */
export function collectHeader(text: string, before: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const [, name, value] = /^([\w!#$%&'*+.^`|~-]+):[ \t]*(.*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError("Write it as 'Name: value'.");
  return { ...before, [name]: value };
}
