/** Keep the screen of a watched page lit, where the browser lets us (it wants HTTPS or this machine itself). */

export function stayAwake() {
  const lock = () => {
    if (document.visibilityState !== "visible") return;
    navigator.wakeLock?.request("screen").catch(() => { /* refused, e.g. on a low battery: nothing is lost */ });
  };
  document.addEventListener("visibilitychange", lock);
  lock();
}
