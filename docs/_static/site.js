// The theme's buttons that open a part of the side bar have no words of their own. A module below its folder is
// called there without it.

"use strict";

document.addEventListener("DOMContentLoaded", () => {
  for (const button of document.querySelectorAll(".bd-sidebar summary"))
    button.setAttribute("aria-label", `Pages below ${button.closest("li").querySelector("a").textContent}`);
  for (const link of document.querySelectorAll(".bd-sidebar li li > a"))
    link.textContent = link.textContent.replace(/^\s*\w+\.(?=\w+\s*$)/, "");
});
