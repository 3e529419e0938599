/* The directions of docs/architecture.md. tests/unit/layers.test.ts plants a violation of each rule and sees it fire. */
/* Every folder of shared/ but the common ground and the adapters, so that a new feature is under the rules from its first file. */
const feature = "^shared/(?!platform/|chats/|archive/|graph/|storage/)([^/]+)/";
const contract = "^shared/.+\\.contract\\.ts$";
const plan = "^shared/.+/plan-[^/]+\\.ts$";
const root = "^functions/dependencies(\\.ts$|/)";
const adapters = "^shared/(graph|storage)/";
const production = "^(functions|shared)/";
const rule = (name, from, to) => ({ name, severity: "error", from, to });
module.exports = {
  forbidden: [
    rule("no-cycles", {}, { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } }),
    rule("production-never-sees-local", { path: production }, { path: "^(local|tests|bench|portal)/" }),
    rule("shared-never-sees-functions", { path: "^shared/" }, { path: "^functions/" }),
    rule("platform-stands-alone", { path: "^shared/platform/" }, { path: "^shared/(?!platform/)" }),
    rule("chats-sees-platform-only", { path: "^shared/chats/" }, { path: "^shared/(?!chats/|platform/)" }),
    rule(
      "archive-sees-chats-and-platform",
      { path: "^shared/archive/" },
      { path: "^shared/(?!archive/|chats/|platform/)" },
    ),
    rule(
      "features-share-contracts-only",
      { path: feature },
      { path: "^shared/(?!platform/|chats/|archive/)", pathNot: ["^shared/$1/", contract] },
    ),
    rule(
      "features-see-no-adapter",
      { path: "^shared/", pathNot: adapters },
      { path: [adapters, "node_modules/(@azure|@microsoft|durable-functions)/"] },
    ),
    rule("graph-and-storage-do-not-meet", { path: adapters }, { path: adapters, pathNot: "^shared/$1/" }),
    rule("only-the-root-sees-adapters", { path: "^functions/", pathNot: root }, { path: adapters }),
    rule(
      "orchestrators-are-deterministic",
      { path: "^functions/orchestrators/" },
      {
        pathNot: [
          contract,
          plan,
          "^functions/(orchestrators/|runtime/(orchestration|turn)\\.ts)",
          "node_modules/(durable-functions|zod)/",
        ],
      },
    ),
    rule(
      "contracts-and-plans-are-pure",
      { path: [contract, plan] },
      {
        pathNot: [contract, plan, "^shared/platform/(errors|time|ids|activity\\.contract)\\.ts$", "node_modules/zod/"],
      },
    ),
    rule(
      "storage-sdk-in-storage",
      { path: production, pathNot: ["^shared/storage/", root] },
      { path: "node_modules/@azure/(storage-|data-tables|keyvault)" },
    ),
    rule(
      "graph-sdk-in-graph",
      { path: production, pathNot: ["^shared/graph/", root] },
      { path: "node_modules/@microsoft/microsoft-graph-client/" },
    ),
    rule(
      "identity-sdk-in-adapters",
      { path: production, pathNot: [adapters, root] },
      { path: "node_modules/@azure/identity/" },
    ),
    rule(
      "durable-values-at-the-edge",
      { path: production, pathNot: "^functions/(index\\.ts|runtime/)" },
      { path: "node_modules/durable-functions/", dependencyTypesNot: ["type-only"] },
    ),
  ],
  options: {
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^tests/fixtures/" },
  },
};
