import tseslint from "typescript-eslint";

const deterministic = ["Date", "crypto", "setTimeout", "setInterval", "process"];
const environment = {
  object: "process",
  property: "env",
  message: "The environment is read once, in functions/index.ts.",
};

export default tseslint.config(
  { ignores: ["node_modules/", "dist/", "out/", ".local/", "tests/fixtures/", "*.cjs", "*.js"] },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.base],
    languageOptions: { parserOptions: { project: "./tsconfig.json" } },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": "error",
      "@typescript-eslint/await-thenable": "error",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-unnecessary-condition": "error",
      "@typescript-eslint/no-unnecessary-type-assertion": "error",
      "@typescript-eslint/only-throw-error": "error",
      "@typescript-eslint/prefer-readonly": "error",
      "@typescript-eslint/return-await": ["error", "error-handling-correctness-only"],
      "@typescript-eslint/consistent-type-imports": "error",
      "no-restricted-syntax": ["error", { selector: "ExportDefaultDeclaration", message: "Named exports only." }],
      "no-empty": "error",
      "no-constant-condition": ["error", { checkLoops: false }],
      "prefer-const": "error",
      "no-console": "error",
      eqeqeq: "error",
    },
  },
  {
    files: ["functions/**/*.ts", "shared/**/*.ts"],
    ignores: ["functions/index.ts"],
    rules: {
      "no-restricted-properties": ["error", environment],
    },
  },
  {
    // A task that is given to two compound tasks is begun twice; retries make the extension and the SDK count differently.
    files: ["functions/orchestrators/**/*.ts"],
    rules: {
      "no-restricted-syntax": [
        "error",
        { selector: "MemberExpression[object.property.name='Task']", message: "Use run, runAll or settle." },
        { selector: "MemberExpression[property.name=/WithRetry$/]", message: "Use run or runAll." },
      ],
    },
  },
  {
    // A replay must see what the first run saw.
    files: ["functions/orchestrators/**/*.ts", "shared/**/*.contract.ts", "shared/**/plan-*.ts"],
    rules: {
      "no-restricted-globals": ["error", ...deterministic],
      "no-restricted-properties": ["error", environment, { object: "Math", property: "random" }],
    },
  },
  {
    // These speak to a person on a terminal; vitest and esbuild ask for default exports.
    files: [".ci/*.ts", "local/**/*.ts", "bench/**/*.ts", "*.config.ts", "tests/**/*.ts"],
    rules: { "no-console": "off", "no-restricted-syntax": "off" },
  },
);
