/**
 * A member of the room, as the server describes it, with what the speaker messages add.
 * @typedef {object} Participant
 * @property {string} id
 * @property {string} name
 * @property {string} [identity]
 * @property {"connecting"|"connected"|"reconnecting"} state
 * @property {string} joinedAt ISO 8601
 * @property {{id: string, source: string, kind: "audio"|"video", muted: boolean}[]} tracks
 * @property {number} level dBov, -127 (silence) to 0
 * @property {boolean} speaking
 * @property {Quality} [quality] of its connection; left out while that is not known
 */

/**
 * How good a connection is. `reasons` has the worst first.
 * @typedef {object} Quality
 * @property {number} score 1 (bad) to 5 (flawless)
 * @property {"good"|"fair"|"poor"|"lost"} level
 * @property {string[]} reasons `uplink-loss`, `downlink-loss`, `high-round-trip`, `jitter`, `low-bandwidth`, `no-media`
 *   or `disconnected`
 */

/**
 * Everybody in the room but oneself, in the order of joining. What changes comes back as events for the outside: pairs
 * of a name and its details.
 * @typedef {[string, object]} Event
 */
export class Participants {
  /** @type {Map<string, Participant>} */
  #byId = new Map();
  /** The id of whoever speaks now, or null. @type {string|null} */
  activeSpeaker = null;

  /** The map that the client shows to the outside. */
  get map() {
    return this.#byId;
  }

  /**
   * Takes over the whole list of a join or resume reply.
   * @param {object[]} list
   * @param {string} [reason] of those who are not in it any more
   * @returns {Event[]}
   */
  replaceAll(list, reason = "connection-lost") {
    const present = new Set(list.map((data) => data.id));
    const gone = [...this.#byId.keys()].filter((id) => !present.has(id));
    return [...gone.flatMap((id) => this.#remove(id, reason)), ...list.map((data) => this.#put(data))];
  }

  /**
   * Takes a message of the server about others.
   * @param {object} message
   * @returns {Event[]|null} null when it is about something else
   */
  handle(message) {
    switch (message.type) {
      case "user-joined":
      case "user-updated":
        return [this.#put(message.participant)];
      case "user-left":
        return this.#remove(message.participant, message.reason);
      case "speakers":
        return [this.#noteSpeakers(message)];
      default:
        return null;
    }
  }

  #put(data) {
    const known = this.#byId.get(data.id);
    const participant = Object.assign(known ?? { level: -127, speaking: false }, { tracks: [] }, data);
    this.#byId.set(data.id, participant);
    return [known ? "user-updated" : "user-joined", { participant }];
  }

  #remove(id, reason) {
    const participant = this.#byId.get(id);
    this.#byId.delete(id);
    if (this.activeSpeaker === id) this.activeSpeaker = null;
    return participant ? [["user-left", { participant, reason }]] : [];
  }

  #noteSpeakers({ active, levels }) {
    this.activeSpeaker = active ?? null;
    const changed = [];
    for (const { participant: id, level, speaking } of levels ?? []) {
      const participant = this.#byId.get(id);
      if (!participant) continue;
      if (level !== undefined) participant.level = level;
      if (speaking !== undefined) participant.speaking = speaking;
      changed.push(participant);
    }
    return ["speakers", { active: this.activeSpeaker, participants: changed }];
  }
}
