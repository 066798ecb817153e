//go:build boxes

package clients

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	model "github.com/sshd-doctor/sshd-doctor/internal/clients"
	"github.com/sshd-doctor/sshd-doctor/internal/handshake"
	"github.com/sshd-doctor/sshd-doctor/test/box"
)

const (
	// hearPort is where what a client offers is written down.
	hearPort = "2199"
	heardAt  = "/run/servers/heard"
)

// site is a box with the servers of its suite.
type site struct {
	box     *box.Box
	helper  string
	servers []server
	offers  map[string]handshake.Offer
	// read is how much of each server's log belongs to clients that are done.
	read map[string]int
	// roots are the files of the clients, by suite.
	roots map[box.Suite]string
}

// Every client at every server: what happens is what the model foretells.
func TestForetold(t *testing.T) {
	all, everybody := servers(t), clients(t)
	helper := build(t)
	roots := trees(t, everybody)
	for _, suite := range box.Suites() {
		t.Run(string(suite), func(t *testing.T) {
			t.Parallel()
			s := start(t, suite, helper, all)
			s.roots = roots
			for _, c := range everybody {
				began := time.Now()
				s.try(t, c)
				t.Logf("%-16s %.1f s", c.name, time.Since(began).Seconds())
			}
		})
	}
}

func build(t *testing.T) string {
	t.Helper()
	helper := filepath.Join(t.TempDir(), "inside")
	cmd := exec.Command("go", "build", "-o", helper, "./inside")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("cannot build the helper: %v\n%s", err, out)
	}
	return helper
}

// trees makes the roots with the clients, one a suite, where they are not there.
func trees(t *testing.T, everybody []client) map[box.Suite]string {
	t.Helper()
	out := map[box.Suite]string{}
	var mu sync.Mutex
	var work sync.WaitGroup
	for _, suite := range box.Suites() {
		work.Go(func() {
			root, err := box.Tree(t.Context(), suite, packages(everybody, suite), os.Stderr)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			out[suite] = root
		})
	}
	work.Wait()
	if t.Failed() {
		t.FailNow()
	}
	return out
}

// start boots a box and starts the servers of its suite.
func start(t *testing.T, suite box.Suite, helper string, all []server) *site {
	t.Helper()
	b, err := box.Start(t.Context(), suite, box.Options{Binary: helper, Progress: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Stop(); err != nil {
			t.Error(err)
		}
	})
	s := &site{box: b, helper: helper, read: map[string]int{}}
	script := "mkdir -p /run/servers /run/sshd; cd /run/servers\n" +
		"setsid sshd-doctor hear " + hearPort + " " + heardAt + " >/dev/null 2>&1 </dev/null &\n"
	var ports []string
	for _, sv := range all {
		if sv.suite == suite {
			s.servers = append(s.servers, sv)
			ports = append(ports, strconv.Itoa(sv.port))
			script += sv.script()
		}
	}
	script += "for i in $(seq 100); do [ -e " + heardAt + " ] && exit 0; sleep 0.05; done; exit 1\n"
	s.shell(t, script)
	s.json(t, &s.offers, append([]string{"offers"}, ports...)...)
	s.readLogs(t)
	return s
}

// script starts one server.
func (sv server) script() string {
	config := []string{
		fmt.Sprintf("Port %d", sv.port), "ListenAddress 127.0.0.1", "PidFile none", "MaxStartups 100",
		"UsePAM no", "PasswordAuthentication no", "ChallengeResponseAuthentication no",
	}
	var out strings.Builder
	for _, key := range sv.keys {
		kind, bits, sized := strings.Cut(key, "-")
		size := ""
		if sized {
			size = "-b " + bits
		}
		file := "/run/servers/key_" + key
		fmt.Fprintf(&out, "[ -e %s ] || ssh-keygen -q -t %s %s -N '' -f %s\n", file, kind, size, file)
		config = append(config, "HostKey "+file)
	}
	if sv.suite == box.Trixie {
		config = append(config, "PerSourcePenalties no")
	}
	config = append(config, sv.config...)
	for _, line := range config {
		fmt.Fprintf(&out, "echo %q >>%s.conf\n", line, sv.name)
	}
	fmt.Fprintf(&out, "/usr/sbin/sshd -f /run/servers/%s.conf -E /run/servers/%s.log\n", sv.name, sv.name)
	return out.String()
}

// model is the server as the model sees it.
func (s *site) model(sv server) model.Server {
	o := s.offers[strconv.Itoa(sv.port)]
	m := model.Server{
		Kex: o.Kex, HostKey: o.HostKey,
		Cipher: [2][]string{o.CipherC2S, o.CipherS2C}, MAC: [2][]string{o.MACC2S, o.MACS2C},
	}
	for _, key := range sv.keys {
		if kind, bits, _ := strings.Cut(key, "-"); kind == "rsa" {
			m.RSA, _ = strconv.Atoi(bits)
		}
	}
	return m
}

// try sends a client to all servers of the box.
func (s *site) try(t *testing.T, c client) {
	ports := []string{hearPort}
	for _, sv := range s.servers {
		ports = append(ports, strconv.Itoa(sv.port))
	}
	heardBefore := len(s.log(t, "heard"))
	printed := sections(s.client(t, c, ports, ""))
	s.compareOffer(t, c, heardBefore)
	again := map[string][]server{}
	for _, sv := range s.servers {
		m := c.release.Meet(s.model(sv))
		want := foretold(m)
		got, err := s.outcome(t, sv, printed[strconv.Itoa(sv.port)])
		switch {
		case err != nil:
			t.Errorf("%s at %s: %v", c.name, sv.name, err)
		case got != want:
			t.Errorf("%s at %s: %s, but %s was foretold; it said: %.300s", c.name, sv.name, got, want, printed[strconv.Itoa(sv.port)])
		}
		if option := s.option(c, sv); option != "" && c.program != "go" {
			again[option] = append(again[option], sv)
		}
	}
	s.withOptions(t, c, again)
}

// client runs one and returns what it printed.
func (s *site) client(t *testing.T, c client, ports []string, options string) string {
	t.Helper()
	if c.program == "go" {
		r, err := s.box.Outside(t.Context(), s.helper, append([]string{"dial"}, ports...)...)
		if err != nil {
			t.Fatal(err)
		}
		return r.Stdout
	}
	r, err := s.box.Beside(t.Context(), s.roots[c.suite], c.script(t, ports, options))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(r.Stdout, "@@ "+ports[len(ports)-1]+"\n") {
		t.Errorf("%s did not get to the end: status %d\n%s\n%s", c.name, r.Exit, r.Stdout, r.Stderr)
	}
	return r.Stdout
}

// outcome waits for sshd's last word about the connection, and compares it with
// the client's.
func (s *site) outcome(t *testing.T, sv server, text string) (outcome, error) {
	server, err := s.lastWord(t, sv)
	if err != nil {
		return "", err
	}
	client, err := said(text)
	if err != nil {
		return "", err
	}
	return settle(client, server)
}

func (s *site) lastWord(t *testing.T, sv server) (outcome, error) {
	for range 200 {
		log := s.log(t, sv.name+".log")
		if server, done := logged(log[s.read[sv.name]:]); done {
			s.read[sv.name] = len(log)
			return server, nil
		}
		time.Sleep(25 * time.Millisecond)
	}
	return "", fmt.Errorf("sshd said nothing of it: %q", s.log(t, sv.name+".log")[s.read[sv.name]:])
}

func (s *site) log(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(s.box.Root(), "run/servers", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// readLogs waits until all servers are done with all connections so far.
func (s *site) readLogs(t *testing.T) {
	t.Helper()
	for _, sv := range s.servers {
		if _, err := s.lastWord(t, sv); err != nil {
			t.Fatalf("%s: %v", sv.name, err)
		}
	}
}

// compareOffer holds known.txt against what the client really sends.
func (s *site) compareOffer(t *testing.T, c client, before int) {
	t.Helper()
	var h struct {
		Banner string
		Offer  map[string][]string
	}
	if err := json.Unmarshal([]byte(s.log(t, "heard")[before:]), &h); err != nil {
		t.Errorf("%s sent no offer: %v", c.name, err)
		return
	}
	for i, part := range []string{"kex", "hostkey", "cipher", "mac"} {
		got := strings.Join(without(h.Offer[part]), ",")
		want := strings.Join(without(c.release.Offers[i]), ",")
		if got != want {
			t.Errorf("%s (%s) offers for %s\n%s\nbut known.txt has\n%s", c.name, h.Banner, part, got, want)
		}
	}
}

// option is what the model tells the user of a refused client to type.
func (s *site) option(c client, sv server) string {
	if !strings.HasPrefix(c.release.Name, "OpenSSH") {
		return ""
	}
	known := []model.Release{c.release}
	for _, g := range model.Look(known, s.model(sv), model.Host{}).Refused {
		return g.Option
	}
	return ""
}

// withOptions types what the model says, and it has to help.
func (s *site) withOptions(t *testing.T, c client, todo map[string][]server) {
	for option, at := range todo {
		var ports []string
		for _, sv := range at {
			ports = append(ports, strconv.Itoa(sv.port))
		}
		printed := sections(s.client(t, c, ports, option))
		for _, sv := range at {
			got, err := s.outcome(t, sv, printed[strconv.Itoa(sv.port)])
			if err != nil || got != "in" {
				t.Errorf("%s %s at %s: %s %v; it said: %.300s", c.name, option, sv.name, got, err, printed[strconv.Itoa(sv.port)])
			}
		}
	}
}

func (s *site) shell(t *testing.T, script string) {
	t.Helper()
	r, err := s.box.Run(t.Context(), script)
	if err != nil || r.Exit != 0 {
		t.Fatalf("status %d, %v\n%s%s", r.Exit, err, r.Stdout, r.Stderr)
	}
}

func (s *site) json(t *testing.T, out any, args ...string) {
	t.Helper()
	r, err := s.box.Exec(t.Context(), nil, "sshd-doctor", args...)
	if err != nil || r.Exit != 0 {
		t.Fatalf("%v: status %d, %v\n%s", args, r.Exit, err, r.Stderr)
	}
	if err := json.Unmarshal([]byte(r.Stdout), out); err != nil {
		t.Fatal(err)
	}
}
