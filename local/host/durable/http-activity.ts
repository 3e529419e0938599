import type { HttpRequestAction } from "./actions.ts";

/** Does what `context.df.callHttp` asks for. @returns status, headers and text, as JSON text. */
export async function callHttp({ method, uri, content, headers }: HttpRequestAction): Promise<string> {
  const response = await fetch(uri, {
    method,
    redirect: "manual",
    ...(headers === undefined ? {} : { headers: { ...headers } }),
    ...(content === undefined ? {} : { body: content }),
  });
  const text = await response.text();
  return JSON.stringify({ statusCode: response.status, headers: Object.fromEntries(response.headers), content: text });
}
