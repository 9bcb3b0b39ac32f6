// Adds the weights up while one types. Without this script the sum is told on saving.

const table = document.querySelector("[data-weights]");
const output = table?.querySelector("[data-sum]");
/** @type {HTMLInputElement[]} */
const inputs = Array.from(table?.querySelectorAll("input") ?? []);

function addUp() {
  if (!output) return;
  const typed = inputs.filter((input) => input.value.trim() !== "");
  const hundredths = typed.reduce((sum, input) => sum + Math.round(Number(input.value) * 100), 0);
  output.textContent = typed.length ? (hundredths / 100).toLocaleString(document.documentElement.lang) : "";
  output.classList.toggle("is-wrong-text", typed.length > 0 && hundredths !== 10000);
}

table?.addEventListener("input", addUp);
addUp();
