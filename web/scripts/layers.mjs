/** Who may import whom in web/src (STYLE 3), as a table and a lint rule that walks it. */
import path from "node:path";

const BELOW_FEATURES = ["kernel", "contract", "ui", "rtc", "api", "annotation", "imaging", "registry", "picking", "discussion", "forwarding", "sharing", "masking", "tables", "uploads", "asking", "review"];

/** layer -> layers it may import beside itself */
export const MAY_IMPORT = {
  kernel: [],
  contract: ["kernel"],
  ui: ["kernel"],
  rtc: ["kernel", "contract"],
  api: ["kernel", "contract"],
  annotation: ["kernel", "contract", "rtc", "api"],
  imaging: ["kernel", "contract", "rtc", "api"],
  registry: ["kernel", "contract", "rtc", "api"],
  uploads: ["kernel", "contract", "ui", "api"],
  picking: ["kernel", "contract", "ui", "api"],
  discussion: ["kernel", "contract", "ui", "api", "uploads", "picking", "forwarding"],
  forwarding: ["kernel", "contract", "ui", "api", "picking"],
  sharing: ["kernel", "contract", "ui", "api"],
  asking: ["kernel", "contract", "ui", "api"],
  review: ["kernel", "contract", "ui", "api"],
  masking: ["kernel", "contract", "ui", "rtc"],
  tables: ["kernel", "contract", "ui", "api"],
  features: BELOW_FEATURES,
  app: [...BELOW_FEATURES, "features"],
};

/** Libraries that stop at one edge. */
const ONE_IMPORTER = { "socket.io-client": ["rtc"], "hls.js": ["features/replay"], "vue-i18n": ["kernel"], "tus-js-client": ["uploads"] };

/** "features/room/Stage.vue" -> { layer: "features", module: "features/room" } */
export function placeOf(inSource) {
  const [layer, second] = inSource.split("/");
  return { layer, module: layer === "features" ? `features/${second}` : layer };
}

/** Why this import is refused, or null. `from` and `to` are paths inside src. */
export function refusal(from, to) {
  const source = placeOf(from);
  const target = placeOf(to);
  if (source.module === target.module) return null;
  if (source.layer === target.layer) return `${source.module} must not import ${target.module}`;
  if (MAY_IMPORT[source.layer]?.includes(target.layer)) return null;
  return `${source.layer} must not import ${target.layer}`;
}

/** Why this library is refused here, or null. */
export function libraryRefusal(from, library) {
  const homes = Object.entries(ONE_IMPORTER).find(([name]) => library === name || library.startsWith(`${name}/`))?.[1];
  if (homes === undefined || homes.some((home) => from.startsWith(`${home}/`))) return null;
  return `${library} is imported only in ${homes.join(", ")}`;
}

function resolveInSource(from, specifier) {
  if (specifier.startsWith("@/")) return specifier.slice(2);
  return path.posix.normalize(path.posix.join(path.posix.dirname(from), specifier));
}

function check(context, node, from) {
  const specifier = node.source?.value;
  if (typeof specifier !== "string") return;
  const inside = specifier.startsWith("@/") || specifier.startsWith(".");
  const reason = inside ? refusal(from, resolveInSource(from, specifier)) : libraryRefusal(from, specifier);
  if (reason !== null) context.report({ node, message: reason });
}

export const layers = {
  rules: {
    imports: {
      meta: { type: "problem", schema: [] },
      create(context) {
        const file = context.filename.replaceAll(path.sep, "/");
        const at = file.indexOf("/web/src/");
        if (at < 0) return {};
        const from = file.slice(at + "/web/src/".length);
        const visit = (node) => { check(context, node, from); };
        return { ImportDeclaration: visit, ExportNamedDeclaration: visit, ExportAllDeclaration: visit, ImportExpression: visit };
      },
    },
  },
};
