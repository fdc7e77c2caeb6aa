// Live regions: what carries data-live and an id is fetched again when the books changed.
// Without this script every page still works; it is only not fresh by itself.
"use strict";
(() => {
  // The menu of further places closes as menus do.
  const menu = document.querySelector(".nav details");
  if (menu) {
    document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
    menu.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && menu.open) { menu.open = false; menu.querySelector("summary").focus(); }
    });
  }
})();
(() => {
  const address = document.body.dataset.events;
  const lost = document.getElementById("lost");
  if (!address || !lost) return;
  let fetching = false;
  let again = false;
  let wasLost = false; // nothing is said before the first loss

  function busy(region) {
    const at = document.activeElement;
    return region.contains(at) && at.matches("input, textarea, select, button");
  }

  async function refresh() {
    const regions = document.querySelectorAll("[data-live][id]");
    if (!regions.length) return;
    if (fetching) { again = true; return; }
    fetching = true;
    try {
      const answer = await fetch(location.href, { headers: { "X-Live": "1" } });
      if (answer.redirected && new URL(answer.url).pathname === "/login") { location.reload(); return; }
      if (!answer.ok) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const region of regions) {
        const next = fresh.getElementById(region.id);
        if (next && !busy(region) && next.innerHTML !== region.innerHTML) {
          region.replaceWith(document.adoptNode(next));
          if (window.htmx) window.htmx.process(next);
          next.dispatchEvent(new CustomEvent("live", { bubbles: true }));
        }
      }
    } catch (error) {
      say(true); // The program went away meanwhile; the stream finds it again.
    } finally {
      fetching = false;
      if (again) { again = false; refresh(); }
    }
  }

  function say(gone) {
    if (gone === wasLost) return;
    wasLost = gone;
    lost.textContent = gone ? lost.dataset.lost : lost.dataset.back;
    lost.classList.toggle("back", !gone);
    lost.hidden = false;
    if (!gone) setTimeout(() => { if (!wasLost) lost.hidden = true; }, 3000);
  }

  function listen() {
    const stream = new EventSource(address);
    stream.addEventListener("open", () => { if (wasLost) refresh(); say(false); });
    stream.addEventListener("books", (event) => {
      document.dispatchEvent(new CustomEvent("books", { detail: JSON.parse(event.data) }));
      refresh();
    });
    stream.addEventListener("error", () => {
      say(true);
      if (stream.readyState === EventSource.CLOSED) { refresh(); setTimeout(listen, 2000); }
    });
    addEventListener("pagehide", () => stream.close());
    addEventListener("pageshow", (event) => { if (event.persisted) listen(); });
  }

  listen();
})();
