import { isDecorated } from "../http/user-agent.ts";
import { GraphError } from "./graph-error.ts";
import { type GraphCall, type GraphDeps, sendJson } from "./graph-call.ts";
import { downloadUrl } from "../content/download-url.ts";
import { etagOf, type SharedFile } from "../tenant/files.ts";

/**
 * The address that a sharing token encodes (Microsoft Learn: "Accessing shared DriveItems"): `u!` and the unpadded
 * base64url of the exact address. Ordinary base64 and padding are refused, as code that sends them only works by luck.
 */
export function decodeSharingToken(token: string): string {
  const encoded = /^u!([A-Za-z0-9_-]+)$/.exec(token)?.[1];
  if (encoded === undefined) throw new GraphError(400, "invalidRequest", "The sharing token is not valid.");
  return Buffer.from(encoded, "base64url").toString("utf8");
}

/** The file as it is now. Gone: 404 itemNotFound; no permission or another tenant's drive: 403 accessDenied. */
function requireFile(deps: GraphDeps, call: GraphCall): SharedFile {
  if (!isDecorated(call.request)) deps.stats.add("undecoratedFileRequests");
  const file = deps.tenant.fileAt(decodeSharingToken(call.params["share"] as string));
  if (file === undefined || file.state === "gone")
    throw new GraphError(404, "itemNotFound", "The resource could not be found.");
  if (file.state === "forbidden" || file.state === "foreign")
    throw new GraphError(403, "accessDenied", "Access denied");
  return file;
}

/** `GET /shares/{token}/driveItem`. */
export function getDriveItem(deps: GraphDeps, call: GraphCall): void {
  const file = requireFile(deps, call);
  sendJson(call, 200, {
    "@odata.context": `${deps.graphUrl()}/v1.0/$metadata#shares('${encodeURIComponent(call.params["share"] as string)}')/driveItem/$entity`,
    "@microsoft.graph.downloadUrl": downloadUrl(deps, file),
    id: `01${file.id.replaceAll("-", "")}`,
    name: file.driveName,
    size: file.bytes,
    eTag: etagOf(file),
    cTag: `"c:{${file.id}},${file.revision}"`,
    webUrl: encodeURI(file.contentUrl),
    createdDateTime: "2025-01-02T03:04:05Z",
    lastModifiedDateTime: "2025-01-03T03:04:05Z",
    ...(file.state === "folder" ? { folder: { childCount: 0 } } : { file: { mimeType: file.contentType, hashes: {} } }),
    ...(file.state === "malware" ? { malware: { description: "Win32/Eicar" } } : {}),
    parentReference: {
      driveType: "business",
      driveId: `b!${file.owner.id}`,
      path: "/drive/root:/Microsoft Teams Chat Files",
    },
  });
}

/** `GET /shares/{token}/driveItem/content`: 302 to an address that needs no Authorization and lives for minutes. */
export function getDriveItemContent(deps: GraphDeps, call: GraphCall): void {
  const file = requireFile(deps, call);
  if (file.state === "malware") throw new GraphError(403, "malwareDetected", "Malware detected");
  if (file.state === "folder") throw new GraphError(400, "invalidRequest", "You cannot get content for a folder");
  const { response } = call;
  if (call.fault?.kind === "signInPage") {
    response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" });
    response.end("<!DOCTYPE html><html><head><title>Sign in to your account</title></head><body>Sign in</body></html>");
    return;
  }
  response.writeHead(302, { Location: downloadUrl(deps, file), "Content-Length": 0 });
  response.end();
}
