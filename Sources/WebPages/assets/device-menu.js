import { element } from "./markup.js";

/** Whether sound can be sent to a chosen device here. */
const CAN_CHOOSE_SPEAKER = typeof HTMLMediaElement !== "undefined" && "setSinkId" in HTMLMediaElement.prototype;

/**
 * Selects for camera, microphone and, where the browser can, speaker. They follow what is plugged in.
 * @param {import("./local-media.js").LocalMedia} media
 * @param {{audio: import("./audio-output.js").AudioOutput, prefix: string, meter?: HTMLElement}} options
 *   `meter` stands below the microphone
 * @returns {HTMLElement[]}
 */
export function deviceSelects(media, { audio, prefix, meter }) {
  const rows = [
    row("Microphone", "audioinput", media.microphone.deviceId, (id) => media.microphone.choose(id), meter),
    row("Camera", "videoinput", media.camera.deviceId, (id) => media.camera.choose(id)),
  ];
  if (CAN_CHOOSE_SPEAKER) rows.push(row("Speaker", "audiooutput", audio.sinkId, (id) => audio.choose(id)));

  const refresh = () => {
    rows[0].fill(media.microphone.deviceId);
    rows[1].fill(media.camera.deviceId);
    rows[2]?.fill(audio.sinkId);
  };
  media.addEventListener("devices", refresh);
  for (const device of media.devices) device.addEventListener("change", refresh);
  refresh();
  return rows.map((entry) => entry.node);

  function row(label, kind, current, choose, extra) {
    const id = `${prefix}-${kind}`;
    const select = element("select", { id, "data-testid": id, on: { change: () => choose(select.value) } });
    const node = element("div", { class: "device-row" },
      element("label", { for: id, text: label }), select, extra ?? null);
    const fill = (selected) => {
      const choices = media.choices(kind);
      node.hidden = choices.length === 0 && kind === "audiooutput";
      select.disabled = choices.length === 0;
      select.replaceChildren(...(choices.length
        ? choices.map((info, index) => option(info.deviceId, info.label || `${label} ${index + 1}`))
        : [option("", `No ${label.toLowerCase()} yet`)]));
      if (choices.some((info) => info.deviceId === selected)) select.value = selected;
    };
    return { node, fill };
  }
}

function option(value, text) {
  return element("option", { value, text });
}
