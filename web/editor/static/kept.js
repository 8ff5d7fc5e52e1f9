// What a page keeps in this browser until the server has it: one entry for each page that is open, under the person's
// and the draft's name, so that nobody else is offered it and two tabs do not overwrite each other's.

const page = `${Date.now().toString(36)}${Math.random().toString(36).slice(2, 8)}`;

export function keeper(login, draft) {
  const prefix = `kb-draft:${login}:${draft}:`;
  const own = prefix + page;
  return {
    /** Keep it; false where the browser cannot. */
    keep(what) {
      try {
        localStorage.setItem(own, JSON.stringify({ ...what, at: Date.now() }));
        return true;
      } catch {
        return false;
      }
    },
    drop() { remove(own); },
    /** What pages before this one kept, the newest first. */
    others() {
      try {
        return Object.keys(localStorage).filter((key) => key.startsWith(prefix) && key !== own)
          .map((key) => ({ key, ...JSON.parse(localStorage.getItem(key)) })).sort((a, b) => b.at - a.at);
      } catch {
        return [];
      }
    },
    remove,
  };
}

function remove(key) {
  try {
    localStorage.removeItem(key);
  } catch { /* a browser that keeps nothing has nothing to remove */ }
}
