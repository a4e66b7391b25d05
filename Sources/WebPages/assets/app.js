/** The page: from the lobby into a room, and out again. */
import { AudioOutput } from "./audio-output.js";
import { describeRefusal } from "./connection-words.js";
import { hideGoodbye, showGoodbye } from "./goodbye.js";
import { Lobby } from "./lobby.js";
import { LocalMedia } from "./local-media.js";
import { LocalSources } from "./local-sources.js";
import { recall, remember } from "./memory.js";
import { linkOf, readOptions } from "./options.js";
import { inventRoomName } from "./room-names.js";
import { Room } from "./room.js";
import { DirectCall, RoostClient } from "./roost-client.js";
import { keepAwake } from "./wake-lock.js";

const options = readOptions(window.location);
const media = new LocalMedia(options);
const audio = new AudioOutput();
const client = new RoostClient({
  pairs: options.pairs, rtcConfiguration: options.relay ? { iceTransportPolicy: "relay" } : {},
  camera: { videoCodec: options.videoCodec, scalabilityMode: options.scalabilityMode },
});
const lobby = new Lobby({ media, audio, onJoin: enter });
const room = new Room({ client, media, audio, onLeft: sayGoodbye });

let seat = { name: options.name || recall("name"), room: options.room || inventRoomName() };
let enteredAt = 0;

// For tests, and for whoever wants to look inside.
window.roost = { client, media, RoostClient, DirectCall };

// A closed tab is gone at once for the others, not only when its keep-alive runs out.
window.addEventListener("pagehide", () => client.leave());
// And one that comes back from the browser's cache begins anew.
window.addEventListener("pageshow", (event) => event.persisted && window.location.reload());

start();

async function start() {
  lobby.show({ ...seat, isInvitation: Boolean(options.room) });
  // The socket is open by the time the name is typed; when it is not, joining opens it, and says what is wrong.
  const connecting = client.connect().catch(() => {});
  if (options.autojoin) lobby.setBusy(true);
  await media.start();
  if (!options.autojoin) return;
  await connecting;
  try {
    await enter({ name: seat.name || "Guest", room: seat.room });
  } catch (error) {
    lobby.setError(describeRefusal(error));
  }
  lobby.setBusy(false);
}

async function enter({ name, room: roomName }) {
  seat = { name, room: roomName };
  await client.join({ room: roomName, name, identity: identity(), tracks: LocalSources.tracksOf(media) });
  remember("name", name);
  enteredAt = Date.now();
  const address = linkOf(client.room.room);
  if (window.location.href !== address) window.history.replaceState(null, "", address);
  lobby.hide();
  room.show(name);
  keepAwake(true);
}

function sayGoodbye() {
  keepAwake(false);
  showGoodbye({
    roomName: seat.room,
    minutes: Math.floor((Date.now() - enteredAt) / 60000),
    onRejoin: async () => {
      hideGoodbye();
      await media.start();
      try {
        await enter(seat);
      } catch (error) {
        lobby.show({ ...seat, isInvitation: false });
        lobby.setError(describeRefusal(error));
      }
    },
    onLobby: () => {
      hideGoodbye();
      window.history.replaceState(null, "", "/");
      lobby.show({ name: seat.name, room: inventRoomName(), isInvitation: false });
      media.start();
    },
  });
}

/**
 * Who this tab is to the server: a reloaded page takes its own old seat instead of sitting beside its ghost. Two tabs
 * are two people.
 */
function identity() {
  const known = recall("identity", { perTab: true });
  if (known) return known;
  const random = crypto.getRandomValues(new Uint8Array(12));
  const fresh = [...random].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  remember("identity", fresh, { perTab: true });
  return fresh;
}
