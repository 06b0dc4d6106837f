/** Where a page is, and who may log in to it. */
export interface PageEnds {
  readonly url: string;
  readonly token: string;
}

/** What a browser does where somebody agrees to a login with a code: log in, fill in the form. */
export async function confirmLogin(ends: PageEnds, code: string, choice = "mine"): Promise<Response> {
  const cookie = await loggedIn(ends);
  const page = await fetch(`${ends.url}/api_tokens?${new URLSearchParams({ code }).toString()}`, { headers: { cookie } });
  return submit(ends, "/api_tokens/confirm", { cookie, form: { form_key: formKeyOf(await page.text()), code, choice, answer: "yes" } });
}

/** The cookie of somebody who has logged in. */
export async function loggedIn(ends: PageEnds): Promise<string> {
  const response = await submit(ends, "/login", { form: { token: ends.token } });
  return response.headers.getSetCookie()[0]?.split(";")[0] ?? "";
}

/** Sends a form as the page itself does. */
export function submit(
  { url }: Pick<PageEnds, "url">,
  path: string,
  {
    cookie = "",
    form,
    origin = url,
  }: { readonly cookie?: string; readonly form: Record<string, string>; readonly origin?: string | undefined },
): Promise<Response> {
  return fetch(url + path, { method: "POST", redirect: "manual", headers: { cookie, origin }, body: new URLSearchParams(form) });
}

/** What the forms of a page carry. */
export function formKeyOf(page: string): string {
  return /name="form_key" value="([^"]+)"/.exec(page)?.[1] ?? "";
}
