package host

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// console is where the kernel sends what is written to the machine's console,
	// console(4).
	console = "/dev/console"
	// consoles names the devices behind it, with blanks between them: the last is
	// the one that /dev/console stands for (the kernel's
	// Documentation/ABI/testing/sysfs-tty).
	consoles = "/sys/class/tty/console/active"
	// consoleTime bounds the wait for a console that takes nothing: a serial line
	// whose other end holds the flow up.
	consoleTime = 3 * time.Second
)

// Console writes a text to the machine's console, in one piece where the device
// takes it so. Where /dev/console cannot be opened, the devices behind it are
// tried. It waits for nobody.
func (f *Files) Console(text string) error {
	paths := []string{console}
	names, _ := f.Read(consoles, 4096) // without it there is one to try
	active := strings.Fields(string(names))
	for i := len(active) - 1; i >= 0; i-- {
		paths = append(paths, filepath.Join("/dev", filepath.Base(active[i])))
	}
	device, err := f.firstConsole(paths)
	if err != nil {
		return fmt.Errorf("cannot write to a console: %w", err)
	}
	defer device.Close()
	// A device that has no deadlines does not block either.
	_ = device.SetWriteDeadline(time.Now().Add(consoleTime))
	if _, err := device.WriteString(text); err != nil {
		return fmt.Errorf("cannot write to the console: %w", err)
	}
	return nil
}

func (f *Files) firstConsole(paths []string) (*os.File, error) {
	var errs []error
	for _, path := range paths {
		device, err := f.openConsole(path)
		if err == nil {
			return device, nil
		}
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}

// openConsole opens a device, and nothing else that may stand in its place. It
// does not become the terminal of this process.
func (f *Files) openConsole(path string) (*os.File, error) {
	fd, err := unix.Open(f.real(path), unix.O_WRONLY|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil || st.Mode&unix.S_IFMT != unix.S_IFCHR {
		unix.Close(fd)
		return nil, fmt.Errorf("cannot use %s: it is no device", path)
	}
	return os.NewFile(uintptr(fd), path), nil
}
