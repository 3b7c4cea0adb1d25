"use strict";
// Runs before textual.js, which makes a terminal of each .textual-terminal when the window has loaded.
(() => {
  // No link in the terminal, and no script of it, opens anything.
  window.open = () => null;
  window.confirm = () => false;

  // What is typed before the line is open is sent when it is.
  window.WebSocket = class extends WebSocket {
    send(data) {
      if (this.readyState !== WebSocket.CONNECTING) { super.send(data); return; }
      this.addEventListener("open", () => super.send(data), { once: true });
    }
  };

  const FIRST_PAUSE = 1000, LONGEST_PAUSE = 15000, LASTED = 10000;
  const began = Date.now();

  const address = new URL("ws", window.location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  address.search = address.hash = "";

  const focus = () => document.querySelector(".xterm-helper-textarea")?.focus({ preventScroll: true });

  // What ends as soon as it has begun is not begun again and again as fast as that.
  const pause_after = () => {
    const before = Number(sessionStorage.getItem("pause")) || FIRST_PAUSE / 2;
    const pause = Date.now() - began > LASTED ? FIRST_PAUSE : Math.min(before * 2, LONGEST_PAUSE);
    sessionStorage.setItem("pause", String(pause));
    return pause;
  };

  // The server may be on its way up again, or have no room: until it answers this page stays calm.
  const begin_again = async (pause) => {
    await new Promise((done) => setTimeout(done, pause));
    try {
      const answer = await fetch(window.location.pathname, { cache: "no-store" });
      if (answer.ok) { window.location.reload(); return; }
    } catch { /* not yet */ }
    begin_again(Math.min(pause * 2, LONGEST_PAUSE));
  };

  document.addEventListener("DOMContentLoaded", () => {
    document.getElementById("terminal").dataset.sessionWebsocketUrl = address.href;
    let closed = false;
    new MutationObserver(() => {
      focus();
      if (!closed && document.body.classList.contains("-closed")) { closed = true; begin_again(pause_after()); }
    }).observe(document.body, { attributes: true, childList: true, subtree: true });
    for (const event of ["blur", "pointerup", "visibilitychange"]) {
      document.addEventListener(event, () => setTimeout(focus, 0), true);
    }
    window.addEventListener("focus", focus);
    for (const event of ["contextmenu", "dragover", "drop"]) {
      document.addEventListener(event, (it) => it.preventDefault());
    }
  });
})();
