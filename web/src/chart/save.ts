/** Charts as files: CSV for those who calculate, SVG and PNG for those who print. */

export type Cell = string | number | null;
export interface Table {
  title: string;
  columns: string[];
  rows: Cell[][];
}

/** A table as CSV: plain numbers, no locale; text that a spreadsheet would run is quoted as text. */
export function csv(table: Table): string {
  const cell = (value: Cell): string => {
    if (value === null || Number.isNaN(value)) return "";
    if (typeof value === "number") return String(value);
    const text = /^[=+@\t\r-]/.test(value) ? `'${value}` : value;
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [table.columns, ...table.rows].map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}

export function download(name: string, type: string, content: BlobPart): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

const CARRIED = [
  "fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-opacity", "stroke-linejoin",
  "opacity", "font-size", "font-weight", "font-family", "text-anchor", "dominant-baseline", "paint-order",
];

/** The drawing with its styles inside, so that it looks the same without this page. */
export function standalone(svg: SVGSVGElement, title: string, foot: string): string {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const from = [svg, ...svg.querySelectorAll("*")];
  const to = [copy, ...copy.querySelectorAll("*")];
  from.forEach((element, i) => {
    const style = getComputedStyle(element);
    for (const name of CARRIED) to[i]?.setAttribute(name, style.getPropertyValue(name));
    for (const name of ["class", "tabindex", "role", "aria-label"]) to[i]?.removeAttribute(name);
  });
  for (const element of copy.querySelectorAll("[data-screen]")) element.remove();
  const [width, height] = [svg.viewBox.baseVal.width, svg.viewBox.baseVal.height];
  const full = height + 46;
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", String(width));
  copy.setAttribute("height", String(full));
  copy.setAttribute("viewBox", `0 -24 ${width} ${full}`);
  const page = getComputedStyle(document.body);
  const make = (tag: string, attributes: Record<string, string | number>, text = ""): Element => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
    element.textContent = text;
    return element;
  };
  const ink = { fill: page.color, "font-family": "sans-serif" };
  copy.prepend(
    make("rect", { x: 0, y: -24, width, height: full, fill: page.backgroundColor }),
    make("text", { x: 4, y: -8, "font-size": 13, "font-weight": 600, ...ink }, title),
    make("text", { x: 4, y: height + 14, "font-size": 9, ...ink }, foot),
  );
  return new XMLSerializer().serializeToString(copy);
}

export async function png(svg: string, scale = 2): Promise<Blob> {
  const url = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = image.width * scale;
    canvas.height = image.height * scale;
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) =>
      canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture"))), "image/png"),
    );
  } finally {
    URL.revokeObjectURL(url);
  }
}
