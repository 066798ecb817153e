package journal

import (
	"context"
	"encoding/json"
	"errors"
	"net/netip"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// smallFile is more than any of the small files read here has, in bytes.
const smallFile = 64 << 10

// flag reads a file with a number in it: "1" is yes.
func flag(h *host.Host, path string) bool {
	data, err := h.Files.Read(path, smallFile)
	return err == nil && strings.TrimSpace(string(data)) == "1"
}

// noEntropy tells whether the kernel still waits for its first randomness:
// getrandom(2) would block. Old kernels and virtual machines without a source of
// it take minutes.
func noEntropy() bool {
	var b [1]byte
	_, err := unix.Getrandom(b[:], unix.GRND_NONBLOCK)
	return errors.Is(err, unix.EAGAIN)
}

// preload reads the libraries that are loaded into every program, ld.so(8).
func preload(h *host.Host) Preload {
	const path = "/etc/ld.so.preload"
	var p Preload
	data, err := h.Files.Read(path, smallFile)
	if host.IsAbsent(err) {
		return p
	}
	if err != nil {
		p.Err = err.Error()
		return p
	}
	p.Names = parsePreload(string(data))
	for _, n := range p.Names {
		// A name without a slash is searched for; only a path can be missing.
		if there, err := h.Files.Exists(n); strings.HasPrefix(n, "/") && err == nil && !there {
			p.Missing = append(p.Missing, printable(n))
		}
	}
	for i := range p.Names {
		p.Names[i] = printable(p.Names[i])
	}
	return p
}

// parsePreload splits at blanks and colons, and leaves comments out.
func parsePreload(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		for _, w := range strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(" \t\r\n:", r) }) {
			if len(out) < 16 {
				out = append(out, w)
			}
		}
	}
	return out
}

// cloudInit reads how far cloud-init is, by the files that "cloud-init status"
// goes by: status.json from its first stage on, result.json when it is done.
func cloudInit(h *host.Host) CloudInit {
	const dir = "/run/cloud-init/"
	var c CloudInit
	data, err := h.Files.Read(dir+"status.json", smallFile)
	if err != nil {
		return c
	}
	if done, err := h.Files.Exists(dir + "result.json"); err != nil || done {
		return c
	}
	st, err := h.Files.Stat(dir + "status.json")
	if err != nil {
		return c
	}
	c.Running, c.Stage, c.Began = true, parseStage(data), st.MTime
	c.KeysDone, _ = h.Files.Exists("/var/lib/cloud/instance/sem/config_ssh")
	return c
}

// parseStage reads the stage that cloud-init is in; "" between two of them.
func parseStage(data []byte) string {
	var status struct {
		V1 struct {
			Stage *string `json:"stage"`
		} `json:"v1"`
	}
	if json.Unmarshal(data, &status) != nil || status.V1.Stage == nil {
		return ""
	}
	return printable(*status.V1.Stage)
}

// keygen asks about the unit that makes host keys on a first boot only.
func keygen(ctx context.Context, h *host.Host) Keygen {
	const name = "sshd-keygen.service"
	if h.Systemd == nil {
		return Keygen{}
	}
	props, err := h.Systemd.Properties(ctx, name)
	if err != nil || props.String("LoadState") != "loaded" {
		return Keygen{}
	}
	k := Keygen{Unit: name}
	for _, c := range props.Tuples("Conditions", 5) {
		// (name, trigger, negate, parameter, state): state < 0 is "did not hold".
		if c.String(0) == "ConditionFirstBoot" {
			k.Gated = c.Int(4) < 0
		}
	}
	return k
}

// analyzeTimeout bounds systemd-analyze, which loads every unit file anew.
const analyzeTimeout = 5 * time.Second

// cycle has systemd work out the boot once more, without doing anything: the
// messages of the real one come before journald and can be lost.
func cycle(ctx context.Context, h *host.Host) []string {
	const program = "/usr/bin/systemd-analyze"
	if there, _ := h.Files.Exists(program); !there {
		return nil
	}
	res := h.Run(ctx, host.Command{
		Path: program, Args: []string{"verify", "--man=no", "default.target"},
		Env: []string{"SYSTEMD_COLORS=0", "SYSTEMD_LOG_LEVEL=notice"}, Timeout: analyzeTimeout,
	})
	var out []string
	for line := range strings.Lines(string(res.Stderr)) {
		if strings.Contains(line, "ordering cycle") || strings.Contains(line, "Found dependency on") {
			out = append(out, printable(strings.TrimSpace(line)))
		}
		if len(out) >= mostLines {
			break
		}
	}
	return out
}

// openSSL tries whether sshd is content without the configuration of its crypto
// library. It is tried only where sshd complained about that library.
func openSSL(ctx context.Context, h *host.Host, n Need) OpenSSL {
	o := OpenSSL{Tried: true}
	for _, path := range []string{"/usr/lib/ssl/openssl.cnf", "/etc/pki/tls/openssl.cnf", "/etc/ssl/openssl.cnf"} {
		if there, _ := h.Files.Exists(path); there {
			o.Config = path
			break
		}
	}
	res := h.Run(ctx, host.Command{
		Path: n.Binary, Args: append([]string{"-t"}, n.Args...), Env: []string{"OPENSSL_CONF=/dev/null"},
	})
	said := string(res.Stderr)
	// Test mode looks at the privilege separation directory last, and that is
	// not there while the unit is down.
	o.Without = res.Err == nil && (res.Code == 0 || strings.HasPrefix(said, "Missing privilege separation directory"))
	return o
}

// bindable tries the addresses of a socket unit that could not be had when it
// was started.
func bindable(h *host.Host, addrs []string) map[string]bool {
	out := map[string]bool{}
	for _, a := range addrs {
		ap, err := netip.ParseAddrPort(a)
		if err != nil {
			continue
		}
		if ok, err := h.CanBind(ap.Addr()); err == nil {
			out[a] = ok
		}
	}
	return out
}
