import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { runCommand } from "../../../../test/support/run-command.js";
import { ensureDebianPackages } from "../../../../test/system/support/apt.js";
import { readSshConfig } from "../../src/remote/drivers/sftp/ssh-config.js";

test("configuration is read as OpenSSH reads it", async () => {
  await ensureDebianPackages(["openssh-client"]);
  const word = fc.constantFrom("a", "ab", "a.example", "b.example", "*", "a*", "?b", "*.example", "!a", "!*.example");
  const host = fc.constantFrom("a", "ab", "a.example", "b.example", "c");
  const quoted = (text: fc.Arbitrary<string>): fc.Arbitrary<string> =>
    fc.tuple(text, fc.constantFrom("", '"')).map(([inner, quote]) => quote + inner + quote);
  const setting = fc
    .oneof(
      fc.tuple(fc.constantFrom("HostName", "hostname"), quoted(fc.constantFrom("10.0.0.1", "%h.real", "b.example"))),
      fc.tuple(fc.constantFrom("User", "USER"), quoted(fc.constantFrom("one", "two", "three"))),
      fc.tuple(fc.constant("Port"), quoted(fc.constantFrom("1", "2222", "22"))),
      fc.tuple(fc.constant("IdentityFile"), quoted(fc.constantFrom("/k/a", "/k/b", "~/c", "/k/%h/%r"))),
      fc.tuple(fc.constant("UserKnownHostsFile"), fc.constantFrom("/h/a", "/h/a /h/b", '"/h/a b"')),
      fc.tuple(fc.constant("HostKeyAlias"), quoted(host)),
    )
    .chain(([key, value]) => fc.constantFrom(" ", "=", " = ", "\t").map((between) => `${key}${between}${value}`));
  const block = fc.oneof(
    { weight: 2, arbitrary: fc.array(quoted(word), { minLength: 1, maxLength: 3 }).map((words) => `Host ${words.join(" ")}`) },
    fc.tuple(fc.constantFrom("host", "originalhost", "user", "localuser", "!host"), fc.array(word, { minLength: 1, maxLength: 2 })).map(([criterion, words]) => `Match ${criterion} ${words.join(",")}`), // prettier-ignore
    fc.constant("Match all"),
  );
  const other = fc.constantFrom("", "# a comment", "   ", "ServerAliveInterval 5");
  const line = fc.tuple(fc.constantFrom("", "  ", "\t"), fc.oneof({ weight: 4, arbitrary: setting }, { weight: 2, arbitrary: block }, other)).map((parts) => parts.join("")); // prettier-ignore
  const folder = await mkdtemp(join(tmpdir(), "bento-ssh-config-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "config");
  const localUser = userInfo().username;
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 14 }), host, async (lines, asked) => {
      await writeFile(file, lines.join("\n"));
      const { stdout } = await runCommand("ssh", ["-G", "-F", file, asked]);
      const said = (key: string): readonly string[] =>
        stdout.split("\n").flatMap((text) => (text.startsWith(`${key} `) ? [text.slice(key.length + 1)] : []));
      const { values, identityFiles } = readSshConfig([{ file, text: lines.join("\n") }], {
        host: asked,
        user: undefined,
        localUser,
        include: () => [],
      });
      const [hostName = asked] = values.get("hostname") ?? [];
      expect([hostName.replaceAll("%h", asked)]).toEqual(said("hostname"));
      expect([values.get("user")?.[0] ?? localUser, values.get("port")?.[0] ?? "22"]).toEqual([...said("user"), ...said("port")]);
      expect(values.get("hostkeyalias") ?? []).toEqual(said("hostkeyalias"));
      if (identityFiles.length > 0) expect(identityFiles).toEqual(said("identityfile"));
      else expect(said("identityfile")).not.toEqual(expect.arrayContaining([expect.stringMatching(/^\/k|\/c$/)]));
      const knownHosts = values.get("userknownhostsfile");
      if (knownHosts !== undefined) expect([knownHosts.join(" ")]).toEqual(said("userknownhostsfile"));
      else expect(said("userknownhostsfile")).not.toEqual(expect.arrayContaining([expect.stringContaining("/h/")]));
    }),
    { numRuns: 60 },
  );
});
