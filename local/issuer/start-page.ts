/** What `/` shows while there is no portal. */
export const startPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>teams-chat-vault</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 42rem; margin: 4rem auto; padding: 0 1rem; color: #1b1b1f; background: #fff }
  h1 { font-size: 1.6rem } code { background: #f1f1f4; padding: .1rem .3rem; border-radius: 4px; word-break: break-all } a { color: #4b3fbf }
  @media (prefers-color-scheme: dark) { body { color: #e8e8ee; background: #18181b } code { background: #2a2a30 } a { color: #a9a1ff } }
</style>
<h1>teams-chat-vault</h1>
<p>The API is running on this machine, on embedded storage.</p>
<ul>
  <li><a href="/api/health">Health</a></li>
  <li><a href="/api/openapi.json">All routes, as an OpenAPI document</a></li>
  <li>A token for trying them: <a href="/local/token?role=operator"><code>/local/token?role=operator</code></a></li>
</ul>
<p>Send it as <code>Authorization: Bearer …</code>. The README says how to connect a tenant and run a backup.</p>
</html>
`;
