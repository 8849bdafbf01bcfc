package config

import "time"

// KeepArtefacts is how long rendered files are kept unless --keep-artefacts says otherwise, to
// the workers, which remove them, and to the api, which promises links to them.
const KeepArtefacts = 14 * 24 * time.Hour
