// What does this browser remember? A few words under our own prefix; never a credential. A browser that refuses storage forgets.
const PREFIX = "omni2.";

export function stored(key: string): string | null {
  try {
    return localStorage.getItem(PREFIX + key);
  } catch {
    return null;
  }
}

export function store(key: string, value: string): void {
  try {
    localStorage.setItem(PREFIX + key, value);
  } catch {
    // Private windows may refuse: the page then simply starts from its defaults next time.
  }
}
