package boot

import (
	"bufio"
	"io"
	"strings"
)

// rootType returns the type of the file system that is mounted last at / in
// /proc/PID/mountinfo (proc(5)); empty when it is not in there.
func rootType(r io.Reader) string {
	kind := ""
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxTable) // an overlay can name many directories
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		// ID, parent, device, root, mount point, options, tags ... "-", type.
		for i := 6; i+1 < len(fields) && fields[4] == "/"; i++ {
			if fields[i] == "-" {
				kind = fields[i+1]
				break
			}
		}
	}
	return kind
}

// asked returns the kernel parameter that asks for emergency or rescue mode
// (systemd(1), "Kernel Command Line"); empty when none does.
func asked(cmdline string) string {
	found := ""
	for _, word := range strings.Fields(cmdline) {
		switch word {
		case "emergency", "-b", "rescue", "single", "s", "S", "1",
			"systemd.unit=emergency.target", "systemd.unit=rescue.target":
			found = word
		}
	}
	return found
}
