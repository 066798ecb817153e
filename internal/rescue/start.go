package rescue

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/handshake"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
	"github.com/sshd-doctor/sshd-doctor/internal/sshdconf"
)

// ErrLeft means that something of a rescue that did not come up may be left.
var ErrLeft = errors.New("cannot take back everything")

// Result is a rescue that is up and has proven itself.
type Result struct {
	Plan Plan
	// Until is when nobody can get in any more.
	Until time.Time
	// HostKeys are those that clients will see; Throwaway: made for this rescue,
	// so clients that know the server will warn.
	HostKeys  []diag.HostKey
	Throwaway bool
	Endpoints []diag.Endpoint
	// Entry is how the account of Plan.Login fares.
	Entry Entry
}

// Start does what was decided: it writes the files, has sshd check them, starts
// the unit and has the server prove a host key on every target. Where one of
// these fails, nothing is left.
func Start(ctx context.Context, h *host.Host, p Plan) (Result, error) {
	res := Result{Plan: p, HostKeys: p.HostKeys}
	if err := clearLeft(ctx, h); err != nil {
		return res, err
	}
	var made bool
	undo := func(err error) (Result, error) {
		// Also when the person has had enough: what is half done goes away. The
		// connection to systemd ended with the context, so this needs another.
		clean := host.Local(context.WithoutCancel(ctx))
		defer clean.Close()
		left := Stop(context.WithoutCancel(ctx), clean)
		if made && left == nil {
			if left = h.Files.RemoveDir(p.Keep); errors.Is(left, fs.ErrNotExist) {
				left = nil
			}
		}
		if left != nil {
			err = fmt.Errorf("%w\n%w: %w", err, ErrLeft, left)
		}
		return res, err
	}
	key, err := p.write(h)
	if err != nil {
		return undo(err)
	}
	if key.SHA256 != "" {
		res.HostKeys, res.Throwaway = []diag.HostKey{key}, true
	}
	got, keep, err := p.askSSHD(ctx, h)
	if made = keep; err != nil {
		return undo(err)
	}
	if err := p.verify(got); err != nil {
		return undo(err)
	}
	res.Entry = p.enter(ctx, h)
	if res.Plan = p; p.Only != "" && res.Entry.Barred != "" {
		return undo(Barred{p.Only, res.Entry.Barred})
	}
	if err := h.Systemd.StartTransient(ctx, p.unit(tool(h, "mount"), tool(h, "umount"))); err != nil {
		return undo(p.explain(ctx, h, err))
	}
	if err := res.prove(ctx, h); err != nil {
		return undo(p.explain(ctx, h, err))
	}
	if res.Until = Look(ctx, h).Until; res.Until.IsZero() {
		res.Until = h.Now().Add(p.For)
	}
	return res, nil
}

// write makes the files of the rescue and returns the host key that it made.
func (p Plan) write(h *host.Host) (diag.HostKey, error) {
	if err := h.Files.Mkdir(Dir, dirMode, 0, 0); err != nil {
		return diag.HostKey{}, err
	}
	files := []Copy{
		{Path: configFile, Data: []byte(p.text())},
		{Path: Dir + "/always.conf", Data: []byte(p.always())},
	}
	for _, c := range append(files, p.Files...) {
		if err := h.Files.Create(c.Path, host.New{Data: c.Data, Mode: 0o600}); err != nil {
			return diag.HostKey{}, err
		}
	}
	if len(p.HostKeys) > 0 {
		return diag.HostKey{}, nil
	}
	return makeKey(h)
}

// makeKey makes a host key that ends with the rescue.
func makeKey(h *host.Host) (diag.HostKey, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return diag.HostKey{}, fmt.Errorf("cannot make a host key: %w", err)
	}
	defer clear(key)
	block, err := ssh.MarshalPrivateKey(key, "sshd-doctor rescue")
	if err != nil {
		return diag.HostKey{}, fmt.Errorf("cannot make a host key: %w", err)
	}
	text := pem.EncodeToMemory(block)
	defer clear(text)
	defer clear(block.Bytes)
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		return diag.HostKey{}, fmt.Errorf("cannot make a host key: %w", err)
	}
	if err := h.Files.Create(throwaway, host.New{Data: text, Mode: 0o600}); err != nil {
		return diag.HostKey{}, err
	}
	public := signer.PublicKey()
	return diag.HostKey{
		Path: throwaway, Type: public.Type(), Bits: 256, SHA256: ssh.FingerprintSHA256(public), New: true,
	}, nil
}

// askSSHD has sshd read the rescue's configuration, and tells whether the privilege
// separation directory was made for it. The server's own unit may fail again at
// this moment and take that directory away, with what covers it: then once more.
func (p Plan) askSSHD(ctx context.Context, h *host.Host) (got sshdconf.Facts, made bool, err error) {
	ask := sshdconf.Ask{Binary: p.Binary, Args: append([]string{"-f", configFile}, p.Flags...)}
	if p.Keep != "" {
		ask.Covers = []host.Cover{{Path: p.Keep, Dir: true}}
	}
	for range 5 {
		now, err := p.makeKeep(h)
		if err != nil {
			return got, made, err
		}
		made = made || now
		if got = sshdconf.Collect(ctx, h, ask); got.Known || !got.Has(sshdconf.PrivsepDir) {
			break
		}
	}
	return got, made, nil
}

// makeKeep makes the privilege separation directory where it is missing. It
// stays: the server's own sshd needs it as well.
func (p Plan) makeKeep(h *host.Host) (made bool, err error) {
	if p.Keep == "" {
		return false, nil
	}
	there, err := h.Files.Exists(p.Keep)
	if err != nil || there {
		return false, err
	}
	err = h.Files.Mkdir(p.Keep, 0o755, 0, 0)
	return err == nil, err
}

// tool finds a program of the base system.
func tool(h *host.Host, name string) string {
	for _, dir := range []string{"/usr/bin/", "/bin/"} {
		if there, err := h.Files.Exists(dir + name); err == nil && there {
			return dir + name
		}
	}
	return ""
}

const (
	// upTimeout bounds the wait for sshd to listen.
	upTimeout    = 10 * time.Second
	probeTimeout = 8 * time.Second
	step         = 50 * time.Millisecond
)

// prove waits until sshd listens and shakes hands with it on every target.
func (res *Result) prove(ctx context.Context, h *host.Host) error {
	up, cancel := context.WithTimeout(ctx, upTimeout)
	defer cancel()
	for !listens(up, h, res.Plan.Listen) {
		if s := Look(up, h); s.Err == "" && !s.Active {
			return errors.New("cannot keep the rescue up: its sshd ended at once")
		}
		select {
		case <-up.Done():
			return errors.New("cannot see the rescue listen on its port")
		case <-time.After(step):
		}
	}
	var types []string
	for _, k := range res.HostKeys {
		types = append(types, k.Type)
	}
	plan := handshake.Plan{
		Targets: res.Plan.Targets, Types: types, Timeout: probeTimeout, OneServer: true, Allowed: res.Plan.algorithms(),
	}
	got := handshake.Collect(ctx, plan)
	res.Endpoints = got.Endpoints()
	for _, e := range res.Endpoints {
		if e.Reached != handshake.HostKey.String() {
			return fmt.Errorf("cannot get through to the rescue on %s: %s", e.Address, e.Error)
		}
	}
	if !slices.ContainsFunc(res.HostKeys, func(k diag.HostKey) bool { return got.Proven(k.SHA256) }) {
		return errors.New("cannot believe that the rescue answers: who answers on its port has another host key")
	}
	for i := range res.HostKeys {
		res.HostKeys[i].Served = got.Proven(res.HostKeys[i].SHA256)
	}
	return nil
}

func (p Plan) algorithms() []string {
	for _, v := range p.Conf.Get("hostkeyalgorithms") {
		return strings.Split(v, ",")
	}
	return nil
}

// listens tells whether every wanted socket is there.
func listens(ctx context.Context, h *host.Host, want []netip.AddrPort) bool {
	all, err := h.Listeners(ctx, true)
	if err != nil {
		all, err = h.Listeners(ctx, false)
	}
	if err != nil {
		return false
	}
	for _, w := range want {
		plain := netip.AddrPortFrom(w.Addr().WithZone(""), w.Port())
		if !slices.ContainsFunc(all, func(l host.Listener) bool { return l.Addr == plain }) {
			return false
		}
	}
	return true
}

// explain adds what the unit's journal says, and what a policy may have to do
// with it.
func (p Plan) explain(ctx context.Context, h *host.Host, err error) error {
	ctx = context.WithoutCancel(ctx)
	var lines []string
	res := h.Run(ctx, host.Command{
		Path: "/usr/bin/journalctl", Timeout: 3 * time.Second,
		Args: []string{"-u", Unit, "-n", "4", "-o", "cat", "--no-pager", "--since", "-30s"},
	})
	for line := range strings.Lines(string(res.Stdout)) {
		lines = append(lines, "  "+strings.TrimSpace(line))
	}
	if on, readErr := h.Files.Read("/sys/fs/selinux/enforce", 16); readErr == nil && string(on) == "1" {
		lines = append(lines, "SELinux is in force. It may be that sshd may not use this port yet:",
			fmt.Sprintf("    semanage port -a -t ssh_port_t -p tcp %d", p.Listen[0].Port()))
	}
	if len(lines) == 0 {
		return err
	}
	return fmt.Errorf("%w\n%s", err, strings.Join(lines, "\n"))
}
