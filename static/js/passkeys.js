/**
 * <form data-passkey="get|create">: asks the device for a passkey before the form is sent.
 *
 * The question to the device comes from the JSON element named by data-options, or by fetch from
 * data-options-url. The answer goes into the hidden field "credential"; the server checks it.
 * Needs window.webauthnJSON (allauth's webauthn-json.js).
 */

/** @param {HTMLFormElement} form */
async function readOptions(form) {
  const { options, optionsUrl } = form.dataset;
  if (options) return JSON.parse(document.getElementById(options).textContent);
  const response = await fetch(optionsUrl, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(`passkey options: ${response.status}`);
  return response.json();
}

/** A key that signs in alone has to live on the device and to check its owner. */
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
  if (form.dataset.passkey === "get") return window.webauthnJSON.get(data.request_options);
  const alone = form.elements.namedItem("passwordless");
  const creation = alone ? forOwnerAlone(data.creation_options, alone.checked) : data.creation_options;
  return window.webauthnJSON.create(creation);
}

/** @param {HTMLFormElement} form */
async function sendWithPasskey(form) {
  const problem = form.querySelector("[data-passkey-error]");
  problem.hidden = true;
  try {
    form.elements.namedItem("credential").value = JSON.stringify(await askDevice(form));
  } catch (error) {
    console.info("No passkey:", error.name);
    problem.hidden = false;
    return;
  }
  form.submit();
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    sendWithPasskey(form);
  });
}
