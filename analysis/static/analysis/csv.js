// A table as a CSV file that spreadsheets open rightly and harmlessly, as analysis/spreadsheets.py
// writes it: UTF-8 with BOM, and an apostrophe before what would be a formula.

const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;

function cell(value) {
  if (value === null || value === undefined) return "";
  if (typeof value !== "string") return String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function csv({ columns, rows }) {
  const lines = [columns, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`);
  return `\ufeff${lines.join("")}`;
}
