package box

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// Dir is the directory that holds the cached roots and the running boxes:
// $SSHD_DOCTOR_BOXES, or /var/cache/sshd-doctor-boxes.
func Dir() string {
	if dir := os.Getenv("SSHD_DOCTOR_BOXES"); dir != "" {
		return filepath.Clean(dir)
	}
	return "/var/cache/sshd-doctor-boxes"
}

// overlayMagic is what statfs reports for overlayfs.
const overlayMagic = 0x794c7630

// needTools says what to install where a program is missing.
func needTools(tools ...string) error {
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			return fmt.Errorf("cannot make boxes: %w "+
				"(apt-get install mmdebstrap systemd-container util-linux openssh-client)", err)
		}
	}
	return nil
}

// openStore makes the directory and its parts, and says plainly why boxes are
// impossible here.
func openStore() (string, error) {
	if os.Geteuid() != 0 {
		return "", errors.New("cannot make boxes: root is needed")
	}
	dir := Dir()
	for _, part := range []string{"base", "run", "kept"} {
		if err := os.MkdirAll(filepath.Join(dir, part), 0o755); err != nil {
			return "", fmt.Errorf("cannot make the directory of the boxes: %w", err)
		}
	}
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil {
		return "", fmt.Errorf("cannot look at the file system of %s: %w", dir, err)
	}
	if int64(fs.Type) == overlayMagic {
		return "", fmt.Errorf("cannot use %s for boxes: it is on overlayfs, which cannot carry "+
			"another overlay; set SSHD_DOCTOR_BOXES to a directory on a disk file system", dir)
	}
	return dir, nil
}
