/** The page between the deadline and the close: asks for the close by itself. */

const form = document.getElementById("end");
if (form instanceof HTMLFormElement) form.requestSubmit();
