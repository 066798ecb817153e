package service

import (
	"path"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// presetDirs hold systemd.preset(5), the directory that counts first.
func presetDirs() []string {
	return []string{"/etc/systemd/system-preset", "/usr/local/lib/systemd/system-preset", "/usr/lib/systemd/system-preset", "/lib/systemd/system-preset"}
}

// preset tells whether the presets of a disk that has never booted enable a
// unit: the first line that matches counts, and without one it is enabled.
func preset(h *host.Host, unit string) bool {
	byName := map[string]string{}
	for _, dir := range presetDirs() {
		for _, p := range h.Files.Glob(dir + "/*.preset") {
			if _, taken := byName[path.Base(p)]; !taken {
				byName[path.Base(p)] = p
			}
		}
	}
	var names []string
	for n := range byName {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		text, err := h.Files.Read(byName[n], maxUnit)
		if err != nil {
			continue
		}
		if enable, found := presetIn(string(text), unit); found {
			return enable
		}
	}
	return true
}

func presetIn(text, unit string) (enable, found bool) {
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) < 2 || words[0] != "enable" && words[0] != "disable" {
			continue
		}
		if ok, err := path.Match(words[1], unit); err == nil && ok {
			return words[0] == "enable", true
		}
	}
	return false, false
}
