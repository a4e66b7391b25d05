// What can be measured of how a page looks: window.looks.faults({ touch }) is a list of sentences, empty when all is well.
//
// Text has the contrast that WCAG 2.2 AA asks for (1.4.3), symbols of controls have theirs (1.4.11); over a picture both are
// measured before white and before black. Controls stand where they can be pressed, nothing lies over them, and on touch
// screens they are 44 pixels in both directions.
(() => {
  const CONTROLS = "button, input, select, textarea, a[href]";
  const SMALLEST = 44;

  const parse = (color) => {
    const [red, green, blue, alpha = 1] = color.match(/[\d.]+/g).map(Number);
    // Mixed and newer colours are given as shares of one.
    return color.startsWith("color(") ? [red * 255, green * 255, blue * 255, alpha] : [red, green, blue, alpha];
  };
  const over = ([red, green, blue, alpha], below) =>
    [red, green, blue].map((part, index) => part * alpha + below[index] * (1 - alpha));
  const luminance = (color) => {
    const [red, green, blue] = color.map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (one, other) => {
    const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };

  // What may lie behind a node: one colour, or white and black where a picture is.
  function backgrounds(node) {
    const layers = [];
    let bases = null;
    for (let at = node; at && !bases; at = at.parentElement) {
      if (at.matches("li.tile, .preview-frame") && at !== node && at.querySelector("video")?.checkVisibility()) {
        bases = [[255, 255, 255], [0, 0, 0]];
      } else {
        const layer = parse(getComputedStyle(at).backgroundColor);
        if (layer[3] === 1) bases = [layer];
        else if (layer[3] > 0) layers.push(layer);
      }
    }
    return (bases ?? [[255, 255, 255]]).map((base) => layers.reduceRight((below, layer) => over(layer, below), base));
  }

  const isSeen = (node) => node.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true })
    && !node.closest(".visually-hidden, :disabled");
  const nameOf = (node) => node.dataset.testid || node.id || `${node.tagName.toLowerCase()}.${node.className}`;

  // Whether a place lies outside of what an ancestor shows of its content, or on its edge: one has to scroll to it first.
  // Boxes begin between pixels and the sizes within a border are whole numbers, so an edge is known to one pixel.
  function isScrolledAway(node, x, y) {
    for (let at = node.parentElement; at; at = at.parentElement) {
      if (!/auto|scroll/.test(getComputedStyle(at).overflowY)) continue;
      const box = at.getBoundingClientRect();
      const [left, top] = [box.left + at.clientLeft, box.top + at.clientTop];
      if (x < left + 1 || x >= left + at.clientWidth - 1 || y < top + 1 || y >= top + at.clientHeight - 1) return true;
    }
    return false;
  }

  function checkContrast(faults) {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode.parentElement;
      if (!walker.currentNode.data.trim() || !isSeen(node) || node.closest("script, style, option, svg")) continue;
      const style = getComputedStyle(node);
      const size = Number.parseFloat(style.fontSize);
      const wanted = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
      const least = Math.min(...backgrounds(node).map((back) => contrast(over(parse(style.color), back), back)));
      if (least < wanted) {
        faults.push(`“${walker.currentNode.data.trim().slice(0, 30)}” (${nameOf(node)}): contrast ${least.toFixed(2)}`);
      }
    }
    for (const symbol of document.querySelectorAll("button .icon")) {
      if (!isSeen(symbol)) continue;
      const color = parse(getComputedStyle(symbol).color);
      const least = Math.min(...backgrounds(symbol.parentElement).map((back) => contrast(over(color, back), back)));
      if (least < 3) faults.push(`symbol of ${nameOf(symbol.closest("button"))}: contrast ${least.toFixed(2)}`);
    }
  }

  function checkControls(faults, touch) {
    for (const node of document.querySelectorAll(CONTROLS)) {
      // Behind a dialog nothing can be pressed, and need not.
      if (!isSeen(node) || (document.querySelector("dialog:modal") && !node.closest("dialog:modal"))) continue;
      // Of a link that goes over several lines, what stands on the first.
      const [box] = node.getClientRects();
      // A link in running text is as high as its line (WCAG 2.2, 2.5.8).
      if (touch && getComputedStyle(node).display !== "inline" && Math.min(box.width, box.height) < SMALLEST - 0.5) {
        faults.push(`${nameOf(node)} is ${Math.round(box.width)} by ${Math.round(box.height)}`);
      }
      const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
      if (x < 0 || y < 0 || x >= innerWidth || y >= innerHeight || isScrolledAway(node, x, y)) continue;
      const top = document.elementFromPoint(x, y);
      if (top && top !== node && !node.contains(top)) faults.push(`${nameOf(top)} lies over ${nameOf(node)}`);
    }
  }

  function checkText(faults) {
    for (const node of document.querySelectorAll("body *")) {
      const style = getComputedStyle(node);
      if (!isSeen(node) || node.closest("svg") || style.textOverflow === "ellipsis") continue;
      if (!["hidden", "clip"].includes(style.overflowX) || !node.textContent.trim()) continue;
      // One pixel and less is read out, not looked at.
      if (node.clientWidth > 1 && node.scrollWidth > node.clientWidth + 1) faults.push(`${nameOf(node)} is cut at its side`);
    }
    if (document.documentElement.scrollWidth > innerWidth + 1) faults.push("the page is wider than its window");
  }

  window.looks = {
    faults({ touch }) {
      const faults = [];
      checkContrast(faults);
      checkControls(faults, touch);
      checkText(faults);
      return faults;
    },
    // Whether what has the focus shows it.
    focusFault() {
      const node = document.activeElement;
      if (!node || node === document.body) return null;
      const style = getComputedStyle(node);
      const ring = Number.parseFloat(style.outlineWidth);
      if (style.outlineStyle === "none" || ring < 2) return `${nameOf(node)} does not show the focus`;
      // The ring lies outside the control.
      const back = backgrounds(node.parentElement);
      const least = Math.min(...back.map((color) => contrast(parse(style.outlineColor).slice(0, 3), color)));
      return back.length === 1 && least < 3 ? `the focus on ${nameOf(node)}: contrast ${least.toFixed(2)}` : null;
    },
  };
})();
