/** Card after card: a tap is the tag of the number shown, or of the card whose field has the focus. */

import { Wedge } from "../../checkpoint/wedge.js";

new Wedge((tag) => {
  const focused = document.activeElement;
  const named = focused instanceof HTMLInputElement && focused.name === "credential" ? focused : null;
  const field = named ?? /** @type {HTMLInputElement | null} */ (document.querySelector("#add-card [name=credential]"));
  if (!field?.form) return;
  field.value = tag;
  field.form.requestSubmit();
});
