//go:build boxes

package main

import (
	"context"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/test/box"
)

// The page says what a box carried; these tests look whether it did.

func carrying(t *testing.T, burden load) (*box.Box, *lab) {
	t.Helper()
	helper, clean, err := buildHelper(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(clean)
	b, err := box.Start(context.Background(), box.Bookworm, box.Options{Prepare: burden.prepare, Progress: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Stop(); err != nil {
			t.Error(err)
		}
	})
	if err := install(b, helper); err != nil {
		t.Fatal(err)
	}
	l := &lab{helper: helper, progress: os.Stderr}
	return b, l
}

// count runs a script that prints one number.
func count(t *testing.T, b *box.Box, script string) int {
	t.Helper()
	r, err := b.Run(t.Context(), script)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(strings.TrimSpace(r.Stdout))
	if err != nil {
		t.Fatalf("%s: %q %s", script, r.Stdout, r.Stderr)
	}
	return n
}

func TestConnectionsAreEstablished(t *testing.T) {
	b, l := carrying(t, load{})
	release, err := connect(t.Context(), b, l.helper)
	defer release()
	if err != nil {
		t.Fatal(err)
	}
	if n := count(t, b, "grep -c ' 01 ' /proc/net/tcp"); n < 2*connections {
		t.Errorf("the box has %d established sockets, want both ends of %d connections", n, connections)
	}
	if n := count(t, b, "ls -l /proc/[0-9]*/fd 2>/dev/null | grep -c socket:"); n < connections || n > connections+1000 {
		t.Errorf("processes of the box hold %d sockets, want one end of %d connections", n, connections)
	}
}

func TestProcessesAreThere(t *testing.T) {
	b, _ := carrying(t, load{})
	if err := crowd(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	if n := count(t, b, "ls -d /proc/[0-9]* | wc -l"); n < processes {
		t.Errorf("the box has %d processes, want %d", n, processes)
	}
}

func TestJournalIsFilledUnderTheUnit(t *testing.T) {
	b, l := carrying(t, load{prepare: keepAll})
	if err := scribble(t.Context(), b, 64<<20, l.progress); err != nil {
		t.Fatal(err)
	}
	all := count(t, b, "journalctl -q -o cat -t sshd | grep -c 'Failed password'")
	unit := count(t, b, "journalctl -q -o cat -u ssh.service | grep -c 'Failed password'")
	if all < 400_000 || unit < all*4/10 || unit > all*6/10 {
		t.Errorf("of %d messages %d are filed under ssh.service, want about half", all, unit)
	}
}
