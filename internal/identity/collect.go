package identity

import (
	"bytes"
	"context"
	"errors"
	"path"
	"strings"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
	"github.com/sshd-doctor/sshd-doctor/internal/ledger"
	"github.com/sshd-doctor/sshd-doctor/internal/safetext"
)

// maxFile caps what is read of one file, in bytes.
const maxFile = 1 << 20

// Collect looks at files, and asks the kernel for the machine's addresses: some
// forty system calls on a machine without
// cloud-init and without an agent of its provider.
func Collect(ctx context.Context, h *host.Host, from From) Facts {
	f := Facts{Now: h.Now(), Agent: from.Agent, Container: container(h)}
	for _, k := range from.Keys {
		if st, err := h.Files.Stat(k.Path); err == nil {
			k.Made = st.MTime
			k.Volatile = volatile(h, k, f.Now)
		}
		f.Keys = append(f.Keys, k)
	}
	if root, err := h.Files.FileSystem("/"); err == nil {
		f.Overlay = root.Overlay()
	}
	f.MachineID = machineID(h)
	f.RootBirth, _ = h.Files.Birth("/")
	if st, err := h.Files.Stat("/usr/sbin/sshd"); err == nil {
		f.Installed = st.CTime
	}
	f.Cloud = cloud(h)
	f.Agents = agents(h)
	for _, p := range from.Certificates {
		if path.IsAbs(p) {
			f.Certs = append(f.Certs, readCert(h, p))
		}
	}
	f.Options, f.Policy = options(h, from), policy(h)
	f.Names, f.Ledger = collectNames(ctx, h), ledger.Load(h)
	return f
}

func stamp(h *host.Host, p string) Stamp {
	s := Stamp{Path: p}
	if st, err := h.Files.Stat(p); err == nil {
		s.Made = st.MTime
	}
	return s
}

// machineID is machine-id(5). One that is laid over the file in /etc was made at
// this boot and says nothing about the machine.
func machineID(h *host.Host) Stamp {
	const file = "/etc/machine-id"
	st, err := h.Files.Stat(file)
	dir, err2 := h.Files.Stat(path.Dir(file))
	if errors.Join(err, err2) != nil || st.Dev != dir.Dev || st.Size == 0 {
		return Stamp{Path: file}
	}
	return Stamp{Path: file, Made: st.MTime}
}

// container says what kind of container this is. There the machine id and the
// root come and go with each start.
func container(h *host.Host) string {
	if kind, err := h.Files.Read("/run/systemd/container", 64); err == nil {
		return printable(strings.TrimSpace(string(kind)))
	}
	for file, kind := range map[string]string{"/.dockerenv": "docker", "/run/.containerenv": "podman"} {
		if there, err := h.Files.Exists(file); err == nil && there {
			return kind
		}
	}
	environ, err := h.Files.Read("/proc/1/environ", maxFile)
	if err != nil {
		return ""
	}
	for word := range bytes.SplitSeq(environ, []byte{0}) {
		if kind, ok := bytes.CutPrefix(word, []byte("container=")); ok && len(kind) > 0 {
			return printable(string(kind))
		}
	}
	return ""
}

// cloud reads which instances cloud-init has seen: a new instance id makes it
// delete and make the host keys, once (cc_ssh, "per instance").
func cloud(h *host.Host) Cloud {
	const dir = "/var/lib/cloud"
	var c Cloud
	names, err := h.Files.Names(dir + "/instances")
	if err != nil {
		return c
	}
	const most = 64
	for _, name := range names[:min(len(names), most)] {
		c.Instances = append(c.Instances, Instance{
			ID: printable(name), SSH: stamp(h, dir+"/instances/"+name+"/sem/config_ssh").Made,
		})
	}
	if to, err := h.Files.Readlink(dir + "/instance"); err == nil {
		c.Current = printable(path.Base(to))
	}
	return c
}

// agents looks for the programs of providers that make host keys: Google's
// guest agent does when the instance id is another one and then writes it down;
// Azure's when it provisions the machine.
func agents(h *host.Host) []Agent {
	var out []Agent
	for _, a := range []struct {
		Agent
		config, off string
	}{
		{Agent{Name: "Google's guest agent", Program: "/usr/bin/google_guest_agent",
			Record: Stamp{Path: "/etc/google_instance_id"}}, "/etc/default/instance_configs.cfg", "set_host_keys=false"},
		{Agent{Name: "Azure's agent", Program: "/usr/sbin/waagent",
			Record: Stamp{Path: "/var/lib/waagent/provisioned"}}, "/etc/waagent.conf", "Provisioning.RegenerateSshHostKeyPair=n"},
	} {
		st, err := h.Files.Stat(a.Program)
		if err != nil {
			continue
		}
		a.Unpacked, a.Record = st.CTime, stamp(h, a.Record.Path)
		if config, err := h.Files.Read(a.config, maxFile); err == nil {
			a.Off = says(string(config), a.off)
		}
		out = append(out, a.Agent)
	}
	return out
}

// says tells whether a file of "name = value" lines has one, however it is
// spaced.
func says(config, want string) bool {
	for l := range strings.Lines(config) {
		l = strings.Map(func(r rune) rune {
			if r == ' ' || r == '\t' || r == '\n' || r == '\r' {
				return -1
			}
			return r
		}, l)
		if strings.EqualFold(l, want) {
			return true
		}
	}
	return false
}

// uptime is how long the kernel has run.
func uptime(h *host.Host) (time.Duration, bool) {
	data, err := h.Files.Read("/proc/uptime", 256)
	if err != nil {
		return 0, false
	}
	seconds, _, _ := strings.Cut(string(data), " ")
	d, err := time.ParseDuration(seconds + "s")
	return d, err == nil && d >= 0
}

// printable makes what somebody else chose fit for a terminal.
func printable(s string) string { return safetext.Start(s, 200) }
