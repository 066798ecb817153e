package sshdconf

import (
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// stuckAt looks for a FIFO among what sshd reads, where it gave no answer: it
// waits for somebody to write into it, for ever.
func (f *Facts) stuckAt(h *host.Host) {
	files := append([]string{f.MainFile}, h.Files.Glob(filepath.Join(filepath.Dir(f.MainFile), "sshd_config.d", "*.conf"))...)
	files = append(files, h.Files.Glob("/etc/ssh/ssh_host_*_key")...)
	data, _ := h.Files.Read(f.MainFile, fileLimit)
	for line := range strings.Lines(string(data)) {
		words := strings.Fields(line)
		if len(words) < 2 || !strings.EqualFold(words[0], "include") {
			continue
		}
		for _, pattern := range words[1:] {
			if !filepath.IsAbs(pattern) {
				pattern = filepath.Join("/etc/ssh", pattern)
			}
			files = append(files, h.Files.Glob(pattern)...)
		}
	}
	for _, at := range Locate(h, f.MainFile, "HostKey") {
		files = append(files, at.Value)
	}
	for _, file := range files {
		if st, err := h.Files.Stat(file); err == nil && st.Mode&fs.ModeNamedPipe != 0 {
			f.Stuck = file
			f.Problems = []Problem{{Kind: Other, Text: file + " is a FIFO: sshd waits for ever when it reads it"}}
			return
		}
	}
}
