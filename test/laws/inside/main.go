// Command inside does the product's work in a box, for the tests of laws.
//
//	inside typos                  read Tries on standard input, print Outcomes
//	inside look                   print what is seen of sshd's configuration
//	inside cover FILE DIR SCRIPT  run a script that finds FILE and DIR covered
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
	"github.com/sshd-doctor/sshd-doctor/internal/sshdconf"
	"github.com/sshd-doctor/sshd-doctor/test/laws"
)

const sshd = "/usr/sbin/sshd"

func main() {
	ctx := context.Background()
	h := host.Local(ctx)
	if err := run(ctx, h, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "inside:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, h *host.Host, args []string) error {
	switch {
	case len(args) == 1 && args[0] == "typos":
		return typos(ctx, h)
	case len(args) == 1 && args[0] == "look":
		return json.NewEncoder(os.Stdout).Encode(look(ctx, h))
	case len(args) == 4 && args[0] == "cover":
		return cover(ctx, h, args[1], args[2], args[3])
	}
	return fmt.Errorf("cannot understand %q", args)
}

func look(ctx context.Context, h *host.Host) laws.Seen {
	f := sshdconf.Collect(ctx, h, sshdconf.Ask{Binary: sshd})
	s := laws.Seen{Known: f.Known, Err: f.Err, Version: f.Version}
	for _, k := range f.HostKeys {
		s.HostKeys = append(s.HostKeys, k.Path)
	}
	for _, p := range f.Problems {
		s.Problems = append(s.Problems, string(p.Kind))
	}
	return s
}

// coverText is what the covered file holds.
const coverText = "nothing but the cover\n"

func cover(ctx context.Context, h *host.Host, file, dir, script string) error {
	res := h.Run(ctx, host.Command{
		Path: "/bin/sh", Args: []string{"-c", script},
		Covers: []host.Cover{{Path: file, Data: []byte(coverText)}, {Path: dir, Dir: true}},
	})
	os.Stdout.Write(res.Stdout)
	os.Stderr.Write(res.Stderr)
	return res.Err
}
