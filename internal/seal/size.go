package seal

import "bytes"

// HeadBytes are as many bytes from the beginning of an object as IsSealed and ClearSize need.
const HeadBytes = len(boxMagic) + 1

// IsSealed reports whether the bytes begin like an object of a Box. It proves nothing: only
// Unseal does.
func IsSealed(head []byte) bool {
	return len(head) >= HeadBytes && bytes.HasPrefix(head, []byte(boxMagic))
}

// ClearSize returns how many clear bytes a sealed object of the size holds, by the
// arithmetic of its form; ok is false if no object of a Box has that head and size.
func ClearSize(head []byte, size int64) (clear int64, ok bool) {
	if !IsSealed(head) {
		return 0, false
	}
	const sealedChunk = chunkBytes + tagBytes
	body := size - int64(HeadBytes) - int64(head[HeadBytes-1]) - saltBytes
	chunks := (body + sealedChunk - 1) / sealedChunk
	clear = body - chunks*tagBytes
	return clear, chunks > 0 && clear >= 0
}
