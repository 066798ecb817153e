package host

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// Immutable tells whether a file or a directory has the attribute i of chattr(1),
// which keeps root too from changing it. A file system that does not tell
// (STATX_ATTR_IMMUTABLE, statx(2)) is an error. Nothing is opened for it: a device
// does something when it is.
func (f *Files) Immutable(path string) (bool, error) {
	file, err := f.open(path, unix.O_PATH)
	if err != nil {
		return false, err
	}
	defer file.Close()
	var st unix.Statx_t
	if err := unix.Statx(int(file.Fd()), "", unix.AT_EMPTY_PATH, unix.STATX_TYPE, &st); err != nil {
		return false, fmt.Errorf("cannot tell the attributes of %s: %w", path, err)
	}
	// XFS of older kernels sets the attribute and not the mask.
	fixed := st.Attributes&unix.STATX_ATTR_IMMUTABLE != 0
	if !fixed && st.Attributes_mask&unix.STATX_ATTR_IMMUTABLE == 0 {
		return false, fmt.Errorf("cannot tell the attributes of %s: its file system does not say", path)
	}
	return fixed, nil
}
