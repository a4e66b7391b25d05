import { describeQuality, describeQualityFully } from "./quality-words.js";
import { Tile } from "./tile.js";

const STATE_NOTES = { connecting: "Coming in…", reconnecting: "Reconnecting…" };
const SLOT_NOTES = {
  "last-n": "No picture: who spoke last is shown",
  "slot-limit": "No picture: more people are here than one screen may show",
  "codec-not-supported": "This browser cannot play this picture",
};

const WITHHELD_NOTES = {
  bandwidth: "Paused to save bandwidth",
  "server-load": "Paused: the server is busy",
};

/** The tiles of all others: who is there, what they show, and what to say when they show nothing. */
export class RemoteTiles {
  #client;
  #floor;
  #audio;
  #onChange;
  /** By participant: what the server could not put on a slot, and why. */
  #reasons = new Map();
  /** By participant: whether the camera was on, and since when it is. */
  #cameras = new Map();
  /** By participant: since when the frames of a screen count that was withheld. */
  #screensSince = new Map();

  /**
   * @param {object} options
   * @param {import("./roost-client.js").RoostClient} options.client
   * @param {import("./floor.js").Floor} options.floor
   * @param {import("./audio-output.js").AudioOutput} options.audio
   * @param {() => void} options.onChange whenever the list of people reads otherwise
   */
  constructor({ client, floor, audio, onChange }) {
    this.#client = client;
    this.#floor = floor;
    this.#audio = audio;
    this.#onChange = onChange;
    client.addEventListener("user-joined", ({ detail }) => this.#update(detail.participant));
    client.addEventListener("user-updated", ({ detail }) => this.#update(detail.participant));
    client.addEventListener("user-left", ({ detail }) => this.#removePerson(detail.participant.id));
    client.addEventListener("participant-media", ({ detail }) => this.#setMedia(detail));
    for (const type of ["track-paused", "track-resumed"]) {
      client.addEventListener(type, ({ detail }) => this.#noteWithheld(detail));
    }
    client.addEventListener("connection-quality", ({ detail }) => detail.isSelf || this.#update(detail.participant));
    client.addEventListener("slots", ({ detail }) => this.#noteReasons(detail.unassigned));
    client.addEventListener("speakers", ({ detail }) => this.#showSpeakers(detail.participants));
  }

  /** Draws everybody anew. */
  sync() {
    for (const participant of this.#client.participants.values()) this.#update(participant);
  }

  /** Shows somebody large, or no more. */
  togglePin(participantId) {
    this.#floor.togglePin(`${participantId}/person`);
  }

  /** Forgets everybody. */
  clear() {
    this.#reasons.clear();
    this.#cameras.clear();
    this.#screensSince.clear();
  }

  /** Everybody, for the list of people. */
  describe() {
    return [...this.#client.participants.values()].map((participant) => ({
      id: participant.id,
      name: participant.name,
      isPinned: this.#floor.pinned === `${participant.id}/person`,
      isMuted: isMuted(participant),
      hasCamera: isShowing(participant, "camera"),
      isSharing: isShowing(participant, "screen"),
      isSpeaking: participant.speaking,
      quality: participant.quality,
      note: STATE_NOTES[participant.state] ?? describeQualityFully(participant.quality),
    }));
  }

  #update(participant) {
    const key = `${participant.id}/person`;
    const tile = this.#floor.get(key) ?? this.#addTile(key, participant.id, "person");
    tile.setName(participant.name);
    tile.setMuted(isMuted(participant));
    tile.setSpeaking(participant.speaking && !isMuted(participant));
    const withheld = WITHHELD_NOTES[this.#client.withheld(participant.id)];
    tile.setNote(STATE_NOTES[participant.state] ?? this.#reasons.get(participant.id)
      ?? (isShowing(participant, "camera") ? withheld : null)
      ?? (participant.quality?.level === "lost" ? "Connection lost" : null));
    tile.setAway(participant.state === "reconnecting");
    tile.setQuality(describeQuality(participant.quality), participant.quality?.level);
    this.#showCamera(participant, tile);
    const screen = this.#client.media(participant.id, "screen");
    if (screen) this.#showScreen(screen);
    this.#onChange();
  }

  #showCamera(participant, tile) {
    const media = this.#client.media(participant.id, "person");
    // Not a frozen frame: what does not come is not shown.
    const isOn = Boolean(media?.hasVideo) && isShowing(participant, "camera") && !this.#client.withheld(participant.id);
    const before = this.#cameras.get(participant.id);
    // A camera switched on again begins with a still of when it was switched off, unless it waits for a new frame.
    const isBack = isOn && before && !before.isOn;
    const since = isBack ? performance.now() : Math.max(media?.videoSince ?? 0, before?.since ?? 0);
    this.#cameras.set(participant.id, { isOn, since });
    tile.setPicture(media?.stream ?? null, { isOn, since });
  }

  #setMedia(media) {
    const { participantId, kind, stream, hasAudio } = media;
    this.#audio.set(`${participantId}/${kind}`, stream && hasAudio ? stream : null);
    const participant = this.#client.participants.get(participantId);
    if (kind === "screen") this.#showScreen(media);
    else if (participant) this.#update(participant);
  }

  #showScreen({ participantId, stream, hasVideo, videoSince }) {
    const key = `${participantId}/screen`;
    const participant = this.#client.participants.get(participantId);
    if (!stream || !hasVideo || !participant) {
      this.#floor.remove(key);
      this.#client.watch(null, participantId, "screen");
      return;
    }
    const tile = this.#floor.get(key) ?? this.#addTile(key, participantId, "screen");
    tile.setName(participant.name, `${participant.name}’s screen`);
    const withheld = this.#client.withheld(participantId, "screen");
    const since = Math.max(videoSince, this.#screensSince.get(participantId) ?? 0);
    tile.setNote(WITHHELD_NOTES[withheld] ?? null);
    tile.setPicture(stream, { isOn: !withheld, since });
  }

  #noteWithheld({ participantId, kind }) {
    const participant = this.#client.participants.get(participantId);
    if (!participant) return;
    if (kind === "screen") {
      // After a pause the last frame of before is shown until a new one comes, unless that is waited for.
      this.#screensSince.set(participantId, performance.now());
      const media = this.#client.media(participantId, "screen");
      if (media) this.#showScreen(media);
    } else {
      this.#update(participant);
    }
  }

  #addTile(key, participantId, kind) {
    const tile = new Tile({ participantId, kind, onPin: () => this.#floor.togglePin(key) });
    this.#floor.add(key, tile);
    this.#client.watch(tile.node, participantId, kind);
    return tile;
  }

  #removePerson(id) {
    for (const kind of ["person", "screen"]) {
      this.#audio.set(`${id}/${kind}`, null);
      this.#floor.remove(`${id}/${kind}`);
      this.#client.watch(null, id, kind);
    }
    this.#reasons.delete(id);
    this.#cameras.delete(id);
    this.#screensSince.delete(id);
    this.#onChange();
  }

  #noteReasons(unassigned) {
    const reasons = new Map();
    for (const { participant, source, reason } of unassigned) {
      if (source === "camera" && SLOT_NOTES[reason]) reasons.set(participant, SLOT_NOTES[reason]);
    }
    const changed = new Set([...this.#reasons.keys(), ...reasons.keys()]);
    this.#reasons = reasons;
    for (const id of changed) {
      const participant = this.#client.participants.get(id);
      if (participant) this.#update(participant);
    }
  }

  #showSpeakers(participants) {
    for (const participant of participants) {
      this.#floor.get(`${participant.id}/person`)?.setSpeaking(participant.speaking && !isMuted(participant));
    }
    if (participants.length) this.#onChange();
  }
}

function isMuted({ tracks }) {
  return !tracks.some((track) => track.source === "microphone" && !track.muted);
}

function isShowing({ tracks }, source) {
  return tracks.some((track) => track.source === source && !track.muted);
}
