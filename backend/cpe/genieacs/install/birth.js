// Reads what Terrain checks of a line when a modem calls for the first time or has booted, so that
// the first check of a visit finds it here. PATHS is put in by `terrain cpe install-preset`; a
// path that a modem does not have is passed over.
const now = Date.now();
for (const path of PATHS) {
  declare(path, { path: now, value: now });
}
