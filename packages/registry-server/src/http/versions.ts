import type { Catalog, ItemKind, Repository, Version } from "../catalog/catalog.js";
import { createVersion, updateVersion } from "./bodies.js";
import { jsonBody } from "./json-body.js";
import { listJson, listQuery } from "./list-query.js";
import { repositoryNotFound, versionNotFound, versionUnfinished } from "./not-found.js";
import { nameParam, versionParam, writableVersion } from "./params.js";
import type { CatalogParts } from "./repositories.js";
import { repositoryJson } from "./repository-json.js";
import { repositoryRoot, type Route, type RouteContext, versionRoot } from "./route.js";
import { versionJson } from "./version-json.js";

/** Versions of models or bentos: look up, list, make, change, delete. Their bytes have routes of their own. */
export function versionRoutes(kind: ItemKind, { catalog, strategy }: CatalogParts): readonly Route[] {
  const ofName = `${repositoryRoot(kind)}/:name/${kind}s`;
  const root = versionRoot(kind);
  const get = async (context: RouteContext): Promise<Response> => {
    const [name, version] = [nameParam(context), versionParam(context)];
    const found = await catalog.version(kind, name, version);
    if (found === undefined) throw versionNotFound(kind, name, version);
    // A bento is pulled after this very request, and the next one is too late to tell why it cannot be.
    if (kind === "bento" && found.uploadStatus !== "success") throw versionUnfinished(kind, name, version);
    return context.json(versionJson(found, strategy));
  };
  const listOfName = async (context: RouteContext): Promise<Response> => {
    const name = nameParam(context);
    const query = listQuery(context);
    const page = await catalog.versions(kind, { ...query, name });
    if (page.total === 0 && (await catalog.repository(kind, name)) === undefined) throw repositoryNotFound(kind, name);
    return context.json(
      listJson(
        page,
        query,
        page.items.map((item) => versionJson(item, strategy)),
      ),
    );
  };
  const listAll = async (context: RouteContext): Promise<Response> => {
    const query = listQuery(context);
    const page = await catalog.versions(kind, query);
    const repositories = await repositoriesOf(catalog, kind, page.items);
    const items = page.items.map((item) => {
      const repository = repositories.get(item.name);
      return { ...versionJson(item, strategy), ...(repository === undefined ? {} : { repository: repositoryJson(repository, strategy) }) };
    });
    return context.json(listJson(page, query, items));
  };
  const create = async (context: RouteContext): Promise<Response> => {
    const name = nameParam(context);
    const { build_at, ...body } = await jsonBody(context, createVersion);
    const version = writableVersion(body.version);
    const about = {
      description: body.description,
      labels: body.labels,
      manifest: body.manifest,
      buildAt: build_at ?? new Date().toISOString(),
    };
    return context.json(versionJson((await catalog.createVersion(kind, name, version, about)).version, strategy));
  };
  const update = async (context: RouteContext): Promise<Response> => {
    const [name, version] = [nameParam(context), writableVersion(versionParam(context))];
    const { description, labels, manifest } = await jsonBody(context, updateVersion);
    const changed = await catalog.updateVersion(kind, name, version, {
      ...(description === undefined ? {} : { description }),
      ...(labels === undefined ? {} : { labels }),
      ...(manifest === undefined ? {} : { manifest }),
    });
    if (changed === undefined) throw versionNotFound(kind, name, version);
    return context.json(versionJson(changed, strategy));
  };
  const remove = async (context: RouteContext): Promise<Response> => {
    const [name, version] = [nameParam(context), writableVersion(versionParam(context))];
    if (!(await catalog.deleteVersion(kind, name, version))) throw versionNotFound(kind, name, version);
    return context.json({});
  };
  return [
    { method: "GET", path: `/api/v1/${kind}s`, access: "read", handle: listAll },
    { method: "GET", path: ofName, access: "read", handle: listOfName },
    { method: "POST", path: ofName, access: "write", audit: `${kind}.create`, handle: create },
    { method: "GET", path: root, access: "read", handle: get },
    { method: "PATCH", path: root, access: "write", audit: `${kind}.update`, handle: update },
    { method: "DELETE", path: root, access: "write", audit: `${kind}.delete`, handle: remove },
  ];
}

async function repositoriesOf(catalog: Catalog, kind: ItemKind, versions: readonly Version[]): Promise<ReadonlyMap<string, Repository>> {
  const names = [...new Set(versions.map(({ name }) => name))];
  return new Map((await catalog.repositoriesNamed(kind, names)).map((repository) => [repository.name, repository]));
}
