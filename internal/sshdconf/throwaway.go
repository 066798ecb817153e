package sshdconf

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"os"
	"slices"

	"golang.org/x/crypto/ssh"
	"golang.org/x/sys/unix"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// throwawayPath is how sshd finds a key that is on no disk.
const throwawayPath = "/proc/self/fd/0"

func (f *Facts) askOtherwise(ctx context.Context, h *host.Host, covers []host.Cover, unloaded []HostKey) {
	if !lacksG(f.Version) {
		res := f.ask(ctx, h, covers, "-G")
		if res.OK() {
			f.accept(res.Stdout, unloaded)
			return
		}
		if said := parseStderr(string(res.Stderr)); len(said.problems) > 0 && said.problems[0].Kind != UnknownFlag {
			return
		}
	}
	if !f.onlyMissesKeyOrDir() {
		return
	}
	res, err := f.askWithThrowaway(ctx, h, covers)
	if err != nil {
		f.Err = clip(err.Error())
		return
	}
	// What stopped the first question is known; what stops this one, beyond a
	// key and a directory, comes on top.
	said := parseStderr(string(res.Stderr))
	f.Problems = append(f.Problems, said.problems...)
	for _, k := range unloaded {
		f.addKey(k)
	}
	if res.OK() {
		f.accept(res.Stdout, unloaded)
	}
}

func (f *Facts) onlyMissesKeyOrDir() bool {
	for _, p := range f.Problems {
		if p.Kind != NoHostKeys && p.Kind != PrivsepDir && p.Kind != PrivsepDirMode {
			return false
		}
	}
	return len(f.Problems) > 0
}

// askWithThrowaway asks sshd before 9.3. When it misses only its directory, that
// is put there in a private namespace and it tells everything. When it has no
// key either, it is given one that lives in memory: then its list of default
// keys is not in the answer, but the failed first question named them.
func (f *Facts) askWithThrowaway(ctx context.Context, h *host.Host, covers []host.Cover) (host.Result, error) {
	c := host.Command{Path: f.Binary, Args: slices.Concat(tellAll(), f.spec, f.Args), Covers: covers}
	for _, p := range f.Problems {
		if p.Kind == PrivsepDir || p.Kind == PrivsepDirMode {
			c.Covers = append(c.Covers, host.Cover{Path: p.Word, Dir: true})
		}
	}
	if f.Has(NoHostKeys) {
		key, err := throwawayKey()
		if err != nil {
			return host.Result{}, err
		}
		defer key.Close()
		c.Stdin = key
		c.Args = append(c.Args, "-h", throwawayPath)
	}
	f.Asked = c.String()
	res := h.Run(ctx, c)
	if res.Err != nil {
		return res, res.Err
	}
	again := parseStderr(string(res.Stderr)).problems
	if len(again) == 1 && again[0].Kind == PrivsepDir && len(c.Covers) == len(covers) {
		// Without a key sshd did not get as far as to miss its directory.
		c.Covers = append(c.Covers, host.Cover{Path: again[0].Word, Dir: true})
		if _, err := c.Stdin.Seek(0, 0); err != nil {
			return host.Result{}, err
		}
		res = h.Run(ctx, c)
	}
	return res, res.Err
}

func isThrowaway(path string) bool { return path == throwawayPath }

// throwawayKey makes a key in a memory file. It proves nothing to anybody: sshd
// in test mode merely insists on having one.
func throwawayKey() (*os.File, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	block, err := ssh.MarshalPrivateKey(key, "")
	if err != nil {
		return nil, err
	}
	fd, err := unix.MemfdCreate("throwaway", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("cannot make a throwaway key: %w", err)
	}
	file := os.NewFile(uintptr(fd), "throwaway")
	if err := file.Chmod(0o600); err != nil {
		file.Close()
		return nil, err
	}
	if _, err := file.Write(pem.EncodeToMemory(block)); err != nil {
		file.Close()
		return nil, err
	}
	_, err = file.Seek(0, 0)
	return file, err
}
