// Runs before the first paint (a classic script in <head>), so that a dark screen never flashes white.
// Choice of this device: "light", "dark" or nothing (follow the system).
(function applyTheme() {
  try {
    const chosen = localStorage.getItem("gatekeeper.theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  } catch {
    // Storage may be forbidden; the system's setting then holds.
  }
})();
