package feedbook

// CompactAt has leaves merged from so many on, but for the newest.
func CompactAt(most, newest int) { mostMembers, fewest = most, newest }
