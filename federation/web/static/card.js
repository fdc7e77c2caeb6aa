// Buttons beside a card: copy its text, print its page.
"use strict";
(() => {
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const from = document.getElementById(button.dataset.copy);
      const label = button.querySelector("span");
      try {
        await navigator.clipboard.writeText(from.value);
        label.textContent = button.dataset.done;
      } catch {
        from.closest("details").open = true; // no clipboard here: the text is marked to be copied
        from.focus();
        from.select();
      }
    });
  }
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }
})();
