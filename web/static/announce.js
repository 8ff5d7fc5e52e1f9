// Say it to a screen reader: an element that stays while parts of the page are replaced.

export function announce(text) {
  let place = document.getElementById("announcer");
  if (!place) {
    place = document.createElement("p");
    place.id = "announcer";
    place.className = "visually-hidden";
    place.setAttribute("role", "status");
    document.body.append(place);
  }
  place.textContent = "";
  requestAnimationFrame(() => { place.textContent = text; });
}
