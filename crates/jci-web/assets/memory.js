// What this browser remembers of how one likes to look at things. Nothing depends on it.

export function remember(name, value) {
  try {
    localStorage.setItem(`jci.${name}`, value);
  } catch {
    // A browser may keep nothing; then it is as if asked for the first time.
  }
}

export function recall(name, otherwise) {
  try {
    return localStorage.getItem(`jci.${name}`) ?? otherwise;
  } catch {
    return otherwise;
  }
}
