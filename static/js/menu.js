/** Closes an open menu (<details class="menu">) on Escape and on a click outside. Menus work without it. */

/** @returns {NodeListOf<HTMLDetailsElement>} */
const openMenus = () => document.querySelectorAll("details.menu[open]");

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    const hadFocus = menu.contains(document.activeElement);
    menu.open = false;
    if (hadFocus) menu.querySelector("summary")?.focus();
  }
});

/** @param {Event} event */
function closeOthers(event) {
  for (const menu of openMenus()) {
    if (!menu.contains(/** @type {Node} */ (event.target))) menu.open = false;
  }
}

document.addEventListener("click", closeOthers);
document.addEventListener("focusin", closeOthers);
