// Lets the browser keep the served page for when there is no network. The page that is one file does
// without: there is nobody to fetch it from.
if ("serviceWorker" in navigator) {
  const policy = globalThis.trustedTypes?.createPolicy("rollcase-offline", {
    createScriptURL: () => "service-worker.js",
  });
  // A private window may refuse to keep anything. Then the page works as long as there is a network.
  navigator.serviceWorker
    .register(policy ? policy.createScriptURL("") : "service-worker.js")
    .catch(() => {});
}
