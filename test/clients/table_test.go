//go:build boxes

package clients

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	model "github.com/sshd-doctor/sshd-doctor/internal/clients"
	"github.com/sshd-doctor/sshd-doctor/test/box"
)

// server is one sshd of servers.txt.
type server struct {
	name   string
	suite  box.Suite
	keys   []string
	config []string
	port   int
}

// client is one of clients.txt.
type client struct {
	name, program string
	suite         box.Suite
	release       model.Release
	packages      []string
}

// firstPort is that of the first server.
const firstPort = 2200

func servers(t *testing.T) []server {
	var out []server
	table(t, "servers.txt", func(words []string, indented bool) error {
		switch {
		case !indented && len(words) == 3 && words[0] == "server":
			suite, err := box.ParseSuite(words[2])
			out = append(out, server{
				name: words[1], suite: suite, port: firstPort + len(out), keys: []string{"rsa", "ecdsa", "ed25519"},
			})
			return err
		case indented && len(words) > 1 && words[0] == "keys":
			out[len(out)-1].keys = words[1:]
			return nil
		case indented && len(words) == 2:
			out[len(out)-1].config = append(out[len(out)-1].config, strings.Join(words, " "))
			return nil
		}
		return fmt.Errorf("cannot understand %q", words)
	})
	return out
}

func clients(t *testing.T) []client {
	known, err := model.Known()
	if err != nil {
		t.Fatal(err)
	}
	var out []client
	table(t, "clients.txt", func(words []string, indented bool) error {
		switch {
		case !indented && len(words) > 5 && words[0] == "client":
			suite, err := box.ParseSuite(words[2])
			if err != nil {
				return err
			}
			name := strings.Join(words[4:], " ")
			i := slices.IndexFunc(known, func(r model.Release) bool { return r.String() == name })
			if i < 0 {
				return fmt.Errorf("there is no release %q in known.txt", name)
			}
			out = append(out, client{
				name: words[1], suite: suite, program: words[3], release: known[i],
			})
			return nil
		case indented && len(words) > 1 && words[0] == "package":
			out[len(out)-1].packages = words[1:]
			return nil
		}
		return fmt.Errorf("cannot understand %q", words)
	})
	return out
}

func table(t *testing.T, name string, line func(words []string, indented bool) error) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for l := range strings.Lines(string(text)) {
		words := strings.Fields(l)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		if err := line(words, l[0] == ' '); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
}

// packages are those of all clients of a suite.
func packages(all []client, suite box.Suite) []string {
	var out []string
	for _, c := range all {
		if c.suite != suite {
			continue
		}
		out = append(out, c.packages...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// script is how a client is run against ports.
func (c client) script(t *testing.T, ports []string, options string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("programs", c.program))
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("PORTS=%q OPTIONS=%q\n%s", strings.Join(ports, " "), options, text)
}
