export type StorageService = "Blob" | "Queue" | "Table";

/** Whether the text is a connection string, with an account key, that leads to these services of a storage account: what the
 * portal shows under "Access keys", Azurite's, or `UseDevelopmentStorage=true`. One with a shared access signature is not:
 * links to downloads are signed with the account's key.
 * https://learn.microsoft.com/azure/storage/common/storage-configure-connection-string */
export function isConnectionString(text: string, services: readonly StorageService[]): boolean {
  const entries = text.split(";").filter(Boolean);
  if (!entries.every((entry) => /^\w+=./.test(entry))) return false;
  const parts = new Map(entries.map((entry) => [entry.split("=", 1)[0] ?? "", entry.slice(entry.indexOf("=") + 1)]));
  if (parts.get("UseDevelopmentStorage") === "true") return true;
  const suffix = /^[a-z0-9.-]+$/i.test(parts.get("EndpointSuffix") ?? "");
  const leadsTo = (service: StorageService) => {
    const address = parts.get(`${service}Endpoint`);
    return address === undefined ? suffix : /^https?:\/\/./.test(address) && URL.canParse(address);
  };
  return (
    /^https?$/.test(parts.get("DefaultEndpointsProtocol") ?? "") &&
    /^[a-z0-9-]+$/.test(parts.get("AccountName") ?? "") &&
    /^[A-Za-z0-9+/]+={0,2}$/.test(parts.get("AccountKey") ?? "") &&
    services.every(leadsTo)
  );
}
