package host

import (
	"bytes"
	"fmt"
)

// copyLimit is more than any file has of which copies are kept, in bytes.
const copyLimit = 4 << 20

// DropCopy removes a copy of a file when the file itself has the same contents,
// and nothing otherwise: then the copy is all that is left of the old ones.
func (f *Files) DropCopy(copied, path string) error {
	kept, err := f.Read(copied, copyLimit)
	if err != nil {
		return fmt.Errorf("cannot remove the copy %s: %w", copied, err)
	}
	now, err := f.Read(path, copyLimit)
	if err != nil {
		return fmt.Errorf("cannot remove the copy %s: %w", copied, err)
	}
	if !bytes.Equal(kept, now) {
		return fmt.Errorf("cannot remove the copy %s: %s has other contents", copied, path)
	}
	if err := f.try("remove", copied); err != nil {
		return err
	}
	return f.remove(copied)
}
