/**
 * <form data-passkey="get|create">: asks the device for a passkey before the form is sent.
 *
 * The question to the device comes from the JSON element named by data-options, or by fetch from
 * data-options-url. The answer goes into the hidden field "credential"; the server checks it.
 * Needs window.webauthnJSON (allauth's webauthn-json.js).
 */

/** @typedef {{ publicKey: { authenticatorSelection?: Record<string, unknown> } }} Creation */

/** @type {{ get: (options: object) => Promise<object>, create: (options: object) => Promise<object> }} */
const device = /** @type {any} */ (window).webauthnJSON;

/** @param {HTMLFormElement} form */
async function readOptions(form) {
  const { options, optionsUrl = "" } = form.dataset;
  if (options) return JSON.parse(document.getElementById(options)?.textContent ?? "");
  const response = await fetch(optionsUrl, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(`passkey options: ${response.status}`);
  return response.json();
}

/**
 * A key that signs in alone has to live on the device and to check its owner.
 * @param {Creation} creation
 * @param {boolean} alone
 */
function forOwnerAlone(creation, alone) {
  const selection = { ...creation.publicKey.authenticatorSelection };
  selection.residentKey = alone ? "required" : "discouraged";
  selection.requireResidentKey = alone;
  if (alone) selection.userVerification = "required";
  return { ...creation, publicKey: { ...creation.publicKey, authenticatorSelection: selection } };
}

/** @param {HTMLFormElement} form */
async function askDevice(form) {
  const data = await readOptions(form);
  if (form.dataset.passkey === "get") return device.get(data.request_options);
  const alone = form.elements.namedItem("passwordless");
  const asked = alone instanceof HTMLInputElement;
  return device.create(
    asked ? forOwnerAlone(data.creation_options, alone.checked) : data.creation_options,
  );
}

/** @param {HTMLFormElement} form */
async function sendWithPasskey(form) {
  const problem = /** @type {HTMLElement} */ (form.querySelector("[data-passkey-error]"));
  const credential = /** @type {HTMLInputElement} */ (form.elements.namedItem("credential"));
  problem.hidden = true;
  try {
    credential.value = JSON.stringify(await askDevice(form));
  } catch (error) {
    console.info("No passkey:", error instanceof Error ? error.name : error);
    problem.hidden = false;
    return;
  }
  form.submit();
}

/** @type {NodeListOf<HTMLFormElement>} */
const forms = document.querySelectorAll("form[data-passkey]");
for (const form of forms) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void sendWithPasskey(form);
  });
}
