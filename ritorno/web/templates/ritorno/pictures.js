// A picture that the shop cannot show leaves its tile as it is.
document.querySelectorAll(".picture img").forEach((img) => {
  if (img.complete && !img.naturalWidth) img.remove();
  else img.addEventListener("error", () => img.remove());
});
