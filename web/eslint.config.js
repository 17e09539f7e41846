import eslint from "@eslint/js";
import vue from "eslint-plugin-vue";
import tseslint from "typescript-eslint";
import vueParser from "vue-eslint-parser";

import { layers } from "./scripts/layers.mjs";

const CHINESE_OR_LATIN = [
  "error",
  {
    attributes: { "/.+/": ["title", "aria-label", "placeholder", "alt", "label", "description"] },
    allowlist: ["(", ")", ",", ".", "·", "/", "|", "–", "×", ":", "：", "…", "Scopecast", "−", "+", "-", "%"],
  },
];

export default tseslint.config(
  { ignores: ["dist/", "dev-dist/", "node_modules/", "src/contract/api.ts", "src/contract/signaling.ts"] },
  eslint.configs.recommended,
  ...tseslint.configs.strictTypeChecked.map((config) => ({ ...config, files: ["**/*.ts", "**/*.vue"] })),
  ...vue.configs["flat/recommended"],
  {
    files: ["**/*.ts", "**/*.vue"],
    languageOptions: {
      parser: vueParser,
      parserOptions: { parser: tseslint.parser, projectService: true, extraFileExtensions: [".vue"] },
    },
    plugins: { layers },
    rules: {
      "layers/imports": "error",
      "no-undef": "off",
      "no-console": "error",
      "max-lines": ["error", { max: 600, skipBlankLines: false, skipComments: false }],
      "max-lines-per-function": ["error", { max: 50, skipBlankLines: true, skipComments: true }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-unnecessary-type-parameters": "off",
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "vue/no-bare-strings-in-template": CHINESE_OR_LATIN,
      "vue/no-v-html": "error",
      "vue/component-name-in-template-casing": ["error", "PascalCase"],
      "vue/define-macros-order": "error",
      "vue/block-lang": ["error", { script: { lang: "ts" } }],
      "vue/block-order": ["error", { order: ["script", "template", "style"] }],
      "vue/max-attributes-per-line": "off",
      "vue/singleline-html-element-content-newline": "off",
      "vue/html-self-closing": ["error", { html: { void: "always" } }],
      "vue/html-indent": "off",
      "vue/html-closing-bracket-newline": "off",
      "vue/attributes-order": "off",
      "vue/multi-word-component-names": "off",
    },
  },
  {
    // Types inside single-file components are vue-tsc's work; lint sees a component as any component.
    files: ["**/*.vue"],
    rules: {
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-return": "off",
    },
  },
  {
    files: ["**/*.test.ts"],
    rules: { "max-lines-per-function": "off", "@typescript-eslint/no-non-null-assertion": "off" },
  },
  { files: ["scripts/**/*.mjs", "*.js"], languageOptions: { globals: { process: "readonly", URL: "readonly", console: "readonly" } } },
);
