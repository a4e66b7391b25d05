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
 */

/** Everybody in the room but oneself, in the order of joining. */
export class Participants {
  /** @type {Map<string, Participant>} */
  #byId = new Map();

  /** The map that the client shows to the outside. */
  get map() {
    return this.#byId;
  }

  /**
   * Adds or replaces one.
   * @returns {{participant: Participant, isNew: boolean}}
   */
  put(data) {
    const known = this.#byId.get(data.id);
    const participant = Object.assign(known ?? { level: -127, speaking: false }, { tracks: [] }, data);
    this.#byId.set(data.id, participant);
    return { participant, isNew: !known };
  }

  /** Removes one and returns it, or undefined. */
  remove(id) {
    const participant = this.#byId.get(id);
    this.#byId.delete(id);
    return participant;
  }

  /**
   * Takes over a whole list.
   * @param {object[]} list
   * @returns {{joined: Participant[], updated: Participant[], left: Participant[]}}
   */
  replaceAll(list) {
    const present = new Set(list.map((data) => data.id));
    const left = [...this.#byId.values()].filter((participant) => !present.has(participant.id));
    for (const { id } of left) this.#byId.delete(id);
    const joined = [];
    const updated = [];
    for (const data of list) {
      const { participant, isNew } = this.put(data);
      (isNew ? joined : updated).push(participant);
    }
    return { joined, updated, left };
  }

  /** Notes who speaks; returns those that changed. */
  noteLevels(levels) {
    const changed = [];
    for (const { participant: id, level, speaking } of levels) {
      const participant = this.#byId.get(id);
      if (!participant) continue;
      if (level !== undefined) participant.level = level;
      if (speaking !== undefined) participant.speaking = speaking;
      changed.push(participant);
    }
    return changed;
  }
}
