package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/bundle"
	"github.com/sshd-doctor/sshd-doctor/internal/handshake"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
	"github.com/sshd-doctor/sshd-doctor/internal/sshdconf"
)

// effective is the configuration as sshd sees it.
func (s *session) effective() bundle.Entry {
	conf := s.facts.Conf
	e := bundle.Entry{Name: "sshd-effective.txt", Source: conf.Asked, Kind: bundle.SshdConfig}
	var out strings.Builder
	for _, p := range conf.Problems {
		fmt.Fprintf(&out, "# sshd says: %s\n", p.Text)
	}
	if conf.Err != "" {
		fmt.Fprintf(&out, "# %s\n", conf.Err)
	}
	for _, v := range conf.Settings {
		fmt.Fprintf(&out, "%s %s\n", v.Key, v.Value)
	}
	if e.Data = []byte(out.String()); len(e.Data) == 0 {
		e.Missing = "sshd could not be asked"
	}
	return e
}

// transcript is what was sent and received at each address.
func (s *session) transcript() bundle.Entry {
	e := bundle.Entry{Name: "handshake.txt", Source: "connections of this look, over loopback"}
	var out strings.Builder
	for _, t := range s.facts.Handshake.Targets {
		fmt.Fprintf(&out, "%s\n", t.Addr)
		if t.Untried != "" {
			fmt.Fprintf(&out, "  not connected to: %s\n", t.Untried)
		}
		for _, y := range t.Tries {
			try(&out, y)
		}
	}
	if offer, ok := s.facts.Handshake.Offer(); ok {
		writeOffer(&out, offer)
	}
	if e.Data = []byte(out.String()); len(e.Data) == 0 {
		e.Missing = "nothing was connected to: no address is known on which sshd should answer"
	}
	return e
}

func try(out *strings.Builder, y handshake.Try) {
	fmt.Fprintf(out, "  reached %s, ended: %s\n", y.Reached, y.End)
	show := func(label, text string) {
		if text != "" {
			fmt.Fprintf(out, "    %-12s %s\n", label, text)
		}
	}
	if y.Source.IsValid() {
		show("from", y.Source.String())
	}
	show("asked for", y.Wanted)
	show("before it", y.Before)
	show("banner", y.Banner)
	if y.Proof != nil {
		show("proved", y.Proof.Type+" "+y.Proof.SHA256+" signed "+y.Proof.Algorithm)
	}
	show("no common", y.NoCommon)
	show("error", y.Error)
}

// writeOffer writes the server's lists (RFC 4253, 7.1), one name a line.
func writeOffer(out *strings.Builder, o handshake.Offer) {
	out.WriteString("\nKEXINIT of the server\n")
	for _, l := range []struct {
		name string
		list []string
	}{
		{"kex", o.Kex},
		{"host key", o.HostKey},
		{"cipher to server", o.CipherC2S},
		{"cipher to client", o.CipherS2C},
		{"mac to server", o.MACC2S},
		{"mac to client", o.MACS2C},
		{"compression to server", o.CompC2S},
		{"compression to client", o.CompS2C},
	} {
		fmt.Fprintf(out, "  %s\n", l.name)
		for _, name := range l.list {
			fmt.Fprintf(out, "    %s\n", name)
		}
	}
}

// mostFiles bounds how many files of one sort are taken.
const mostFiles = 40

// bundleFrom says where to look, by what the look has found.
func (s *session) bundleFrom() bundle.From {
	f := s.facts
	main := f.Conf.MainFile
	if main == "" {
		main = "/etc/ssh/sshd_config"
	}
	from := bundle.From{
		Sshd: f.Sshd.Binary, Unit: f.Service.Service.ID, Socket: f.Service.Socket.ID,
		ConfFiles: add(nil, sshdconf.Files(s.h, main)...),
		Records:   add(nil, s.h.Files.Glob("/var/lib/sshd-doctor/*.json")...),
		Systemd:   !f.Service.NoSystemd && f.Service.Err == "", NoSystemd: f.Service.Err,
	}
	if from.NoSystemd == "" && !from.Systemd {
		from.NoSystemd = host.ErrNoSystemd.Error()
	}
	for _, u := range []struct {
		file    string
		dropIns []string
	}{
		{f.Service.Service.FragmentPath, f.Service.Service.DropIns},
		{f.Service.Socket.FragmentPath, f.Service.Socket.DropIns},
	} {
		from.UnitFiles = add(from.UnitFiles, append([]string{u.file}, u.dropIns...)...)
	}
	for _, pattern := range f.Service.Service.EnvFiles {
		from.EnvFiles = add(from.EnvFiles, s.h.Files.Glob(pattern)...)
	}
	if !from.Systemd {
		from.Unit = "ssh.service"
		s.guessFiles(&from)
	}
	return from
}

// guessFiles looks where unit files usually are, when systemd cannot be asked.
func (s *session) guessFiles(from *bundle.From) {
	for _, pattern := range []string{
		"/etc/systemd/system/ssh*.service", "/etc/systemd/system/ssh*.socket", "/etc/systemd/system/ssh*.d/*.conf",
		"/usr/lib/systemd/system/ssh.service", "/usr/lib/systemd/system/sshd.service", "/usr/lib/systemd/system/ssh.socket",
		"/lib/systemd/system/ssh.service", "/etc/init.d/ssh", "/etc/init.d/sshd",
	} {
		// Where /lib is a link, it has been seen already.
		if len(from.UnitFiles) > 0 && strings.HasPrefix(pattern, "/lib/") {
			continue
		}
		from.UnitFiles = add(from.UnitFiles, s.h.Files.Glob(pattern)...)
	}
	for _, path := range []string{"/etc/default/ssh", "/etc/sysconfig/sshd", "/etc/conf.d/sshd"} {
		from.EnvFiles = add(from.EnvFiles, s.h.Files.Glob(path)...)
	}
}

func add(list []string, more ...string) []string {
	for _, path := range more {
		if filepath.IsAbs(path) && !slices.Contains(list, path) && len(list) < mostFiles {
			list = append(list, path)
		}
	}
	return list
}

// names are those that --mask knows beforehand.
func (s *session) names() bundle.Names {
	const (
		// Accounts of people have numbers from here on, login.defs(5).
		firstPerson = 1000
		nobody      = 65534
		limit       = 1 << 20
	)
	n := bundle.Names{Hosts: hostNames(s.h)}
	data, err := s.h.Files.Read("/etc/passwd", limit)
	if err != nil {
		return n
	}
	for l := range strings.Lines(string(data)) {
		fields := strings.Split(l, ":")
		if len(fields) < 3 {
			continue
		}
		if uid, err := strconv.Atoi(fields[2]); err == nil && uid >= firstPerson && uid != nobody {
			n.Users = append(n.Users, fields[0])
		}
	}
	return n
}

// hostNames are the names by which this machine calls itself, the running one
// first, never none.
func hostNames(h *host.Host) []string {
	var out []string
	note := func(name string) {
		name = strings.TrimSpace(name)
		short, _, _ := strings.Cut(name, ".")
		for _, n := range []string{name, short} {
			if n != "" && !slices.Contains(out, n) {
				out = append(out, n)
			}
		}
	}
	const limit = 1 << 16
	for _, path := range []string{"/proc/sys/kernel/hostname", "/etc/hostname", "/etc/mailname"} {
		if data, err := h.Files.Read(path, limit); err == nil {
			first, _, _ := strings.Cut(string(data), "\n")
			note(first)
		}
	}
	if data, err := h.Files.Read("/etc/hosts", limit); err == nil {
		for l := range strings.Lines(string(data)) {
			l, _, _ = strings.Cut(l, "#")
			if words := strings.Fields(l); len(words) > 1 {
				for _, w := range words[1:] {
					note(w)
				}
			}
		}
	}
	if len(out) == 0 {
		return []string{"host"}
	}
	return out
}
