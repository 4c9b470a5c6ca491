"use strict";
// Shows what the page already holds: another view of the money, fewer payers, one year's values.
for (const root of document.querySelectorAll(".explore")) {
  const data = JSON.parse(root.querySelector(".data").textContent);
  const form = root.querySelector(".controls");
  const reader = root.querySelector(".year-reader");
  const range = reader.querySelector("input");
  const heading = reader.querySelector("[data-template]");
  const together = form.querySelector(".together output");
  const unit = together.textContent.trim().split(/\s/).pop();
  const step = 10 ** data.exponent;
  const decimals = Math.max(0, -data.exponent);
  const written = new Intl.NumberFormat(document.documentElement.lang, {
    minimumFractionDigits: decimals, maximumFractionDigits: decimals, signDisplay: "exceptZero",
  });
  // As the page writes numbers: ≈0 for what is rounded away, a true minus, thin spaces.
  const write = (value) => {
    const rounded = Math.round(value / step) * step;
    if (rounded === 0) return value ? "≈0" : "0";
    return written.format(rounded).replace("-", "\u2212").replace(/\u00a0/g, "\u202f");
  };

  const view = () => {
    const valuation = form.querySelector("input[type=radio]:checked").value;
    return `${valuation}-${form.querySelector(".discounted").checked ? "" : "un"}discounted`;
  };
  const chosen = () => [...form.querySelectorAll(".payer:checked")].map((box) => box.value);

  function showYear() {
    const at = Number(range.value);
    const values = data.soFar[view()];
    heading.textContent = heading.dataset.template.replace("%", data.years[at]);
    range.setAttribute("aria-valuetext", data.years[at]);
    for (const row of reader.querySelectorAll("[data-payer]")) {
      row.querySelector("dd").textContent = values[row.dataset.payer][at];
    }
    const across = `${(100 * at) / Math.max(data.years.length - 1, 1)}%`;
    for (const cursor of root.querySelectorAll(".cursor")) {
      cursor.removeAttribute("hidden");
      cursor.setAttribute("x1", across);
      cursor.setAttribute("x2", across);
    }
  }

  function update() {
    const now = view();
    const payers = new Set(chosen());
    for (const part of root.querySelectorAll(".view")) part.hidden = part.dataset.view !== now;
    for (const mark of root.querySelectorAll("path[data-payer], circle[data-payer], span[data-payer], div[data-payer]")) {
      mark.toggleAttribute("hidden", !payers.has(mark.dataset.payer));
    }
    let sum = 0;
    for (const payer of payers) sum += data.net[now][payer] || 0;
    together.textContent = `${write(sum)} ${unit}`;
    showYear();
  }

  range.max = data.years.length - 1;
  range.value = Math.min(10, data.years.length - 1);
  range.addEventListener("input", showYear);
  form.addEventListener("change", update);
  for (const chart of root.querySelectorAll(".chart")) {
    chart.addEventListener("pointermove", (event) => {
      const box = chart.getBoundingClientRect();
      const share = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1);
      range.value = Math.round(share * (data.years.length - 1));
      showYear();
    });
  }
  form.hidden = reader.hidden = false;
  update();
}
