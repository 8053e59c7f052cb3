// The theme's buttons that open a part of the side bar have no words of their own.

"use strict";

document.addEventListener("DOMContentLoaded", () => {
  for (const button of document.querySelectorAll(".bd-sidebar summary"))
    button.setAttribute("aria-label", `Pages below ${button.closest("li").querySelector("a").textContent}`);
});
