package sshdconf

import (
	"path/filepath"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// byHand reads of a disk's configuration what can be known without its sshd: the
// files of the host keys. HostKey lines count wherever they stand, for sshd
// allows none in a Match block; without any, sshd has a list of its own
// (sshd_config(5)). Keys of that list which are not there are not missed.
func (f *Facts) byHand(h *host.Host) {
	if h.Live() || h.Here == nil {
		return
	}
	f.ByHand = true
	if there, err := h.Files.Exists(f.MainFile); err == nil && !there {
		// SUSE keeps what the package brings in /usr/etc.
		if vendor := "/usr" + f.MainFile; f.MainFile == usualFile {
			if there, err := h.Files.Exists(vendor); err == nil && there {
				f.MainFile = vendor
			}
		}
	}
	for _, p := range Locate(h, f.MainFile, "HostKey") {
		if filepath.IsAbs(p.Value) {
			f.addKey(HostKey{Path: p.Value, Explicit: true})
		}
	}
	if len(f.HostKeys) > 0 {
		return
	}
	for _, kind := range []string{"rsa", "ecdsa", "ed25519"} {
		f.addKey(HostKey{Path: "/etc/ssh/ssh_host_" + kind + "_key"})
	}
}
