package rescue

import (
	"fmt"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// Unit is the unit of the rescue. There is one at a time.
const Unit = "sshd-doctor-rescue.service"

// configFile is what the rescue's sshd reads first, throwaway the host key that
// is made where the server has none.
const (
	configFile = Dir + "/sshd_config"
	throwaway  = Dir + "/host_key"
)

// unit describes the unit (systemd.unit(5), systemd.service(5), systemd.exec(5)).
//
// It has no sandbox: what logs in has to be able to mend the server, and mounts
// that are made in a session have to be seen outside of it. systemd ends it after
// RuntimeMaxSec, removes its RuntimeDirectory, and forgets it, failed or not.
// Sessions live on when it ends, as those of Debian's own unit do.
func (p Plan) unit(mount, umount string) host.Transient {
	t := host.Transient{
		Name: Unit,
		Exec: append([]string{p.Binary, "-D", "-f", configFile}, p.Flags...),
	}
	if p.Keep != "" && mount != "" && umount != "" {
		// systemd removes the directory whenever the server's own unit goes down,
		// and sshd turns every client away without it. A mount point it cannot
		// remove. No mount unit: the server's own would come to depend on that. That
		// unit may fail and take the directory away at this very moment, so mount
		// makes it (X-mount.mkdir, mount(8)).
		t.Before = []string{mount, "-t", "tmpfs", "-o", "mode=0755,size=64k,nosuid,nodev,noexec,X-mount.mkdir=0755", dirName, p.Keep}
		t.Afterwards = []string{umount, "-l", p.Keep}
	}
	set := func(name string, value any) { t.Settings = append(t.Settings, host.Setting{Name: name, Value: value}) }
	set("Description", fmt.Sprintf("Temporary sshd of sshd-doctor rescue, port %d", p.Listen[0].Port()))
	set("Type", "exec")
	set("Restart", "no")
	set("RuntimeMaxUSec", uint64((p.For - time.Duration(p.Grace)*time.Second).Microseconds()))
	set("RuntimeDirectory", []string{dirName})
	set("RuntimeDirectoryMode", uint32(dirMode))
	set("KillMode", "process")
	set("TimeoutStopUSec", uint64((5 * time.Second).Microseconds()))
	set("CollectMode", "inactive-or-failed")
	// Also where the boot has stopped half-way: nothing is pulled in, and leaving
	// emergency mode does not end it. Only a shutdown does.
	set("DefaultDependencies", false)
	set("IgnoreOnIsolate", true)
	set("Conflicts", []string{"shutdown.target"})
	set("Before", []string{"shutdown.target"})
	return t
}

const dirMode = 0o700
