(function () {
  "use strict";
  var clock = document.querySelector(".clock"), copy = document.querySelector(".copy");
  var parts = {}, bar = clock.querySelector(".bar i"), lives = Number(clock.dataset.lives), ends;
  clock.querySelectorAll("[data-unit]").forEach(function (part) { parts[part.dataset.unit] = part; });

  function begin(left) { ends = performance.now() + left; }

  function show(state) {
    document.body.dataset.state = state;
    document.querySelectorAll("[data-for]").forEach(function (part) {
      part.hidden = part.dataset.for.split(" ").indexOf(state) < 0;
    });
    if (state !== "live") {
      document.querySelectorAll(".stub").forEach(function (part) { part.remove(); });
      document.getElementById("news").textContent =
        document.querySelector('[data-for="' + state + '"] h2').textContent;
    }
  }

  function put(unit, number) {
    parts[unit].firstElementChild.textContent = number < 10 ? "0" + number : String(number);
  }

  function draw() {
    var left = ends - performance.now();
    if (left <= 0) { show("ended"); return; }
    var seconds = Math.ceil(left / 1000), days = seconds >= 172800 ? Math.floor(seconds / 86400) : 0;
    parts.days.hidden = !days;
    put("days", days);
    put("hours", Math.floor(seconds / 3600) - days * 24);
    put("minutes", Math.floor(seconds / 60) % 60);
    put("seconds", seconds % 60);
    bar.style.transform = "scaleX(" + Math.max(0, Math.min(1, left / lives)) + ")";
  }

  function tick() {
    if (document.body.dataset.state !== "live") { return; }
    draw();
    setTimeout(tick, Math.max(20, (ends - performance.now()) % 1000));
  }

  function ask() {
    fetch(clock.dataset.path, { cache: "no-store" }).then(function (answer) { return answer.json(); }).then(
      function (told) { if (told.state === "live") { begin(told.left); draw(); } else { show(told.state); } },
      function () {}
    );
  }

  begin(Number(clock.dataset.left));
  clock.hidden = false;
  tick();
  document.addEventListener("visibilitychange", function () { if (!document.hidden) { ask(); } });
  window.addEventListener("pageshow", function (event) { if (event.persisted) { ask(); } });

  if (navigator.clipboard) {
    copy.hidden = false;
    copy.addEventListener("click", function () {
      navigator.clipboard.writeText(copy.dataset.copy).then(function () { copy.textContent = copy.dataset.copied; });
    });
  }
})();
