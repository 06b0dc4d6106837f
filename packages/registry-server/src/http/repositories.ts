import type { Catalog, ItemKind } from "../catalog/catalog.js";
import { createRepository } from "./bodies.js";
import { jsonBody } from "./json-body.js";
import { listJson, listQuery } from "./list-query.js";
import { repositoryNotFound } from "./not-found.js";
import { nameParam, tagPart } from "./params.js";
import { repositoryJson } from "./repository-json.js";
import { repositoryRoot, type Route } from "./route.js";

/** What the routes of repositories and versions stand on. */
export interface CatalogParts {
  readonly catalog: Catalog;
  /** `transmission_strategy` of versions for which nobody decided. */
  readonly strategy: string;
}

/** Names of models and bentos: look up, list, make, delete. */
export function repositoryRoutes(kind: ItemKind, { catalog, strategy }: CatalogParts): readonly Route[] {
  const root = repositoryRoot(kind);
  return [
    {
      method: "GET",
      path: root,
      access: "read",
      handle: async (context) => {
        const { q: _, ...query } = listQuery(context);
        const page = await catalog.repositories(kind, query);
        return context.json(
          listJson(
            page,
            query,
            page.items.map((item) => repositoryJson(item, strategy)),
          ),
        );
      },
    },
    {
      method: "POST",
      path: root,
      access: "write",
      audit: `${kind}_repository.create`,
      handle: async (context) => {
        const { name, description } = await jsonBody(context, createRepository);
        // Two who push the first versions of a name at once both make it.
        return context.json(repositoryJson(await catalog.createRepository(kind, tagPart("name", name), description), strategy));
      },
    },
    {
      method: "GET",
      path: `${root}/:name`,
      access: "read",
      handle: async (context) => {
        const name = nameParam(context);
        const repository = await catalog.repository(kind, name);
        if (repository === undefined) throw repositoryNotFound(kind, name);
        return context.json(repositoryJson(repository, strategy));
      },
    },
    {
      method: "DELETE",
      path: `${root}/:name`,
      access: "write",
      audit: `${kind}_repository.delete`,
      handle: async (context) => {
        const name = nameParam(context);
        if (!(await catalog.deleteRepository(kind, name))) throw repositoryNotFound(kind, name);
        return context.json({});
      },
    },
  ];
}
