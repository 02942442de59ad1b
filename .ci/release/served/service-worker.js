// Answers for the served page from what was kept when it was first opened: without a network too.
// A newer release has another NAME. It is fetched whole, beside the older one, and shown from the next time
// that the page is opened. A tab that is open loses nothing by it: all that it runs is in its one file.
const NAME = "<!-- name -->";
const FILES = ["<!-- files -->"];

self.addEventListener("install", (event) => {
  // What the browser has kept of an older release, by itself, does not get in.
  const fresh = FILES.map((file) => new Request(file, { cache: "reload" }));
  const keep = async () => {
    await (await caches.open(NAME)).addAll(fresh);
    await self.skipWaiting();
  };
  event.waitUntil(keep());
});

self.addEventListener("activate", (event) => {
  const forget = async () => {
    const old = (await caches.keys()).filter((name) => name.startsWith("rollcase-") && name !== NAME);
    await Promise.all(old.map((name) => caches.delete(name)));
  };
  event.waitUntil(forget());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const asked = request.mode === "navigate" ? "./" : request;
  const answer = async () => {
    const kept = await caches.open(NAME);
    return (await kept.match(asked)) ?? fetch(request);
  };
  event.respondWith(answer());
});
