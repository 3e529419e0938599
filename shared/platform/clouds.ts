/** Where Graph, Entra and shared files are in each of Microsoft's clouds.
 * https://learn.microsoft.com/graph/deployments */
export const CLOUDS = {
  global: {
    graph: "https://graph.microsoft.com",
    authority: "https://login.microsoftonline.com",
    files: "*.sharepoint.com",
  },
  usgov: {
    graph: "https://graph.microsoft.us",
    authority: "https://login.microsoftonline.us",
    files: "*.sharepoint.us",
  },
  usgovdod: {
    graph: "https://dod-graph.microsoft.us",
    authority: "https://login.microsoftonline.us",
    files: "*.sharepoint-mil.us",
  },
  china: {
    graph: "https://microsoftgraph.chinacloudapi.cn",
    authority: "https://login.chinacloudapi.cn",
    files: "*.sharepoint.cn",
  },
} as const;

export const MICROSOFT_AUTHORITIES: readonly string[] = Object.values(CLOUDS).map((cloud) => cloud.authority);
