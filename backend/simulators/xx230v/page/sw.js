const elsewhere = "%ELSEWHERE%";
self.addEventListener("install", (event) => event.waitUntil(fetch(`${elsewhere}/worker`)));
