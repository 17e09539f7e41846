"use strict";

/** Replaces references to schemas by the schemas, a few levels deep. */
function resolved(value, schemas, depth) {
  if (depth > 6 || value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map((item) => resolved(item, schemas, depth + 1));
  if (typeof value.$ref === "string") {
    return resolved(schemas[value.$ref.split("/").pop()], schemas, depth + 1);
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolved(item, schemas, depth + 1)]));
}

function element(name, text, className) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function operationView(method, path, operation, schemas) {
  const details = element("details");
  const summary = element("summary");
  summary.append(element("code", `${method.toUpperCase()} ${path}`), ` ${operation.summary} `);
  summary.append(element("span", operation["x-permission"], "permission"));
  details.append(summary);
  details.addEventListener("toggle", () => {
    if (details.children.length > 1) return;
    const { parameters, requestBody, responses } = operation;
    const shown = resolved({ parameters, requestBody, responses }, schemas, 0);
    details.append(element("pre", JSON.stringify(shown, null, 2)));
  });
  return details;
}

async function show() {
  const answer = await fetch("/api/openapi.json");
  const api = await answer.json();
  document.getElementById("version").textContent = api.info.version;
  const main = document.getElementById("operations");
  const groups = new Map();
  for (const [path, methods] of Object.entries(api.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const tag = operation.tags[0];
      if (!groups.has(tag)) groups.set(tag, main.appendChild(element("section")));
      const group = groups.get(tag);
      if (!group.children.length) group.append(element("h2", tag));
      group.append(operationView(method, path, operation, api.components.schemas));
    }
  }
  document.getElementById("filter").addEventListener("input", (event) => {
    const words = event.target.value.toLowerCase();
    for (const item of main.querySelectorAll("details")) {
      item.hidden = !item.querySelector("summary").textContent.toLowerCase().includes(words);
    }
  });
}

show();
