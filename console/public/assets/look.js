// Light, dark, or as the system has it. Kept in the browser: it is no secret.
(function () {
  var chosen = null;
  try {
    chosen = localStorage.getItem('mailward-look');
  } catch {
    // Storage may be forbidden: then the system decides.
  }
  var dark = chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light');
})();
