import { announce } from "./announcer.js";
import { element, icon } from "./markup.js";

/**
 * Gives a room's link away: through the phone's share sheet where a finger is the pointer, else to the clipboard.
 * @param {string} link
 * @returns {Promise<"shared"|"copied"|"failed">}
 */
export async function giveLink(link) {
  if (navigator.share && matchMedia("(pointer: coarse)").matches) {
    try {
      await navigator.share({ title: "Roost", url: link });
      return "shared";
    } catch (error) {
      if (error.name === "AbortError") return "shared";
    }
  }
  if (await copy(link)) {
    announce("Link copied.");
    return "copied";
  }
  return "failed";
}

/**
 * Makes a button show a link, and copy it when it is pressed.
 * @param {HTMLButtonElement} button
 * @param {() => string} link
 */
export function linkButton(button, link) {
  const text = element("span", { class: "link-text" });
  const action = element("span", { class: "link-action" }, icon("link"), element("span", { text: "Copy" }));
  button.replaceChildren(text, action);
  const show = () => {
    text.textContent = link().replace(/^https?:\/\//, "");
  };
  show();
  button.addEventListener("click", async () => {
    const outcome = await giveLink(link());
    if (outcome === "failed") return;
    action.replaceChildren(icon("check"), element("span", { text: outcome === "copied" ? "Copied" : "Shared" }));
    setTimeout(() => action.replaceChildren(icon("link"), element("span", { text: "Copy" })), 2000);
  });
  return show;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // No clipboard without https, or no permission: the old way still works there.
  }
  const field = element("textarea", { class: "visually-hidden", readonly: true });
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}
