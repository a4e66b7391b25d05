import { byId, element, icon } from "./markup.js";

/**
 * The screen after a room.
 * @param {{roomName: string, minutes: number, onRejoin: () => void, onLobby: () => void}} options
 */
export function showGoodbye({ roomName, minutes, onRejoin, onLobby }) {
  const rejoin = element("button", {
    type: "button", class: "primary", text: "Go back in", "data-testid": "rejoin", on: { click: onRejoin },
  });
  const another = element("button", {
    type: "button", class: "quiet", text: "Another room", "data-testid": "another", on: { click: onLobby },
  });
  const length = minutes > 0 ? ` after ${spell(minutes)}` : "";
  byId("goodbye").replaceChildren(
    icon("bird"), element("h1", { text: "See you soon." }),
    element("p", { class: "lead", text: `You have left ${roomName}${length}. Camera and microphone are off.` }),
    element("div", { class: "actions" }, rejoin, another));
  byId("goodbye").hidden = false;
  document.title = "Roost";
  rejoin.focus();
}

/** Takes the screen away. */
export function hideGoodbye() {
  byId("goodbye").hidden = true;
}

function spell(minutes) {
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  const parts = [];
  if (hours) parts.push(hours === 1 ? "an hour" : `${hours} hours`);
  if (rest) parts.push(rest === 1 ? "a minute" : `${rest} minutes`);
  return parts.join(" and ");
}
