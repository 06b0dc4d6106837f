/** Where the page's files lie below the service, as in BentoML. */
export const assetFolder = "static_content";

/** Names of the page's files. */
export const pageAssets = ["page.js", "page.css"] as const;

/** One of the page's files. */
export type PageAsset = (typeof pageAssets)[number];
