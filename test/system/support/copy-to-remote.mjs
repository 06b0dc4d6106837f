// Writes a file to where a URL leads, reads it back, and prints what came: what a process does with its own environment.
import { locationOfUrl, openDriver } from "@bento/store/remotes";

const location = locationOfUrl(process.argv[2], JSON.parse(process.argv[3] ?? "{}"));
const { path } = location;
const remote = await openDriver(location, { signal: new AbortController().signal });
try {
  const bytes = Buffer.from("hello");
  await remote.write(path, {
    size: bytes.length,
    async *stream(start) {
      yield bytes.subarray(start);
    },
  });
  const chunks = [];
  for await (const chunk of remote.read(path)) chunks.push(chunk);
  process.stdout.write(JSON.stringify({ size: (await remote.stat(path)).size, text: Buffer.concat(chunks).toString() }));
  await remote.delete(path);
} catch (error) {
  process.stdout.write(
    JSON.stringify({ code: error.code, message: error.message, hint: error.hint, isTransient: error.cause?.isTransient }),
  );
  process.exitCode = 1;
} finally {
  await remote[Symbol.asyncDispose]();
}
