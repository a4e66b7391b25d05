import { setNotice } from "./notices.js";

const THINGS = { camera: "picture", screen: "screen", microphone: "sound", "screen-audio": "screen’s sound" };

/**
 * Says whose browser cannot play what is sent from here, as long as that is so.
 * @param {import("./roost-client.js").RoostClient} client
 * @param {{source: string, participantIds: string[]}} news
 */
export function showUndecodable(client, { source, participantIds }) {
  const names = participantIds.map((id) => client.participants.get(id)?.name).filter(Boolean);
  const text = names.length === 1 ? `${names[0]}’s browser cannot play your ${THINGS[source]}.`
    : `The browsers of ${listOf(names)} cannot play your ${THINGS[source]}.`;
  setNotice(`undecodable-${source}`, names.length > 0 ? { text, symbol: "warning", dismissible: true } : null);
}

function listOf(names) {
  return names.length === 2 ? names.join(" and ") : `${names.length} people`;
}
