package main

import (
	"slices"
	"strconv"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/rescue"
	"github.com/sshd-doctor/sshd-doctor/internal/sshdconf"
)

// freePort is a port for a rescue that the server does not want for itself, as
// far as the last look knows: also where sshd cannot read its configuration, in
// which the lines that name ports still stand.
func (s *session) freePort() int {
	var taken []uint16
	add := func(text string) {
		text = text[strings.LastIndexByte(text, ':')+1:]
		if n, ok := port(text); ok {
			taken = append(taken, n)
		}
	}
	f := s.facts
	for _, a := range slices.Concat(f.Conf.Listen(), f.Service.Socket.Addresses()) {
		taken = append(taken, a.Port())
	}
	for _, e := range f.Expect {
		taken = append(taken, e.Addr.Port())
	}
	for _, p := range s.options.Ports {
		add(strconv.Itoa(p))
	}
	args := sshdconf.Arguments(f.Service.Args)
	for i := 0; i+1 < len(args); i++ {
		key, value := sshdconf.SplitLine(args[i+1])
		switch {
		case args[i] == "-p":
			add(args[i+1])
		case args[i] == "-o" && (strings.EqualFold(key, "port") || strings.EqualFold(key, "listenaddress")):
			add(value)
		}
	}
	if !f.Conf.Known && f.Conf.MainFile != "" {
		for _, keyword := range []string{"Port", "ListenAddress"} {
			for _, p := range sshdconf.Locate(s.h, f.Conf.MainFile, keyword) {
				add(p.Value)
			}
		}
	}
	return int(rescue.Port(taken))
}
