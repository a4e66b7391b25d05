import { element } from "./markup.js";

/** An address of the web; what ends a sentence or closes a bracket behind it is no part of it. */
const ADDRESS = /https?:\/\/[^\s<>"]*[^\s<>"'.,;:!?)\]}]/giu;

/**
 * A text with its web addresses as links. Nothing else becomes one: no other scheme, and no markup.
 * @param {string} text
 * @returns {(Node|string)[]}
 */
export function withLinks(text) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(ADDRESS)) {
    if (!URL.canParse(match[0])) continue;
    parts.push(text.slice(end, match.index), element("a", {
      // The page that is opened learns nothing of this one, and cannot reach into it.
      href: match[0], target: "_blank", rel: "noopener noreferrer", text: match[0],
    }));
    end = match.index + match[0].length;
  }
  parts.push(text.slice(end));
  return parts.filter((part) => part !== "");
}
