package object

import (
	"path"

	"transporter/internal/destination"
	"transporter/internal/destination/kind"
)

// Folder is the prefix of a destination's keys; a "/" is put between.
type Folder string

// Key returns the object of a published file.
func (p Folder) Key(name string) string { return path.Join(string(p), name) }

// Temp returns the object of the file while it is delivered under the token.
func (p Folder) Temp(name, token string) string {
	folder, base := path.Split(name)
	return path.Join(string(p), folder, "."+base+"."+token+".part")
}

// Check returns fault.InvalidSpec for names and tokens that make no key.
func (p Folder) Check(name, token string) error {
	if err := p.CheckName(name); err != nil {
		return err
	}
	return destination.CheckToken(token)
}

// CheckName is Check for what needs no token.
func (p Folder) CheckName(name string) error {
	if err := destination.CheckName(name); err != nil {
		return err
	}
	return kind.FitsKey(p.Key(name))
}
