export default { serverExternalPackages: ["@bento/server", "hono"] };
