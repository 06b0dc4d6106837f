import { fileURLToPath } from "node:url";
import { type OutputChunk, rolldown } from "rolldown";

/** The client as a bundler makes it for a page: in parts that are loaded when they are needed, or as one script. */
export async function bundle(format: "es" | "iife", entry: string = "../src/index.ts"): Promise<OutputChunk[]> {
  const bundling = await rolldown({
    input: { index: fileURLToPath(new URL(entry, import.meta.url)) },
    platform: "browser",
    resolve: { conditionNames: ["@bento/source", "import", "default"], extensionAlias: { ".js": [".ts", ".js"] } },
  });
  const { output } = await bundling.generate({ format, name: "bento", minify: true, chunkFileNames: "[name].js" });
  return output.filter((part) => part.type === "chunk");
}
