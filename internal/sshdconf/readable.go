package sshdconf

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
	"github.com/sshd-doctor/sshd-doctor/internal/quoted"
)

// Readable is what of a configuration sshd can read when the lines that it
// rejects are put out of the way. Nothing on disk is changed.
type Readable struct {
	// Facts are sshd's answer about the configuration without those lines. It is
	// not Known where no way was found that makes nothing laxer.
	Facts Facts
	// Covers are the files as they were asked about.
	Covers []host.Cover
	// Aside are the lines that were put out of the way, in the order in which
	// sshd rejected them.
	Aside []Aside
	// Stuck are the lines that only their owner can correct.
	Stuck []Aside
}

// Aside is one rejected line and what became of it.
type Aside struct {
	File    string
	Line    int
	Content string
	// Said is sshd's sentence about it.
	Said string
	// Instead stands in its place; empty for nothing.
	Instead string
	// Access is the access keyword that the line most likely is; empty where it
	// decides nothing about access.
	Access string
	// Who: the line decides who may log in, or what they may do there, and
	// nothing can stand in its place. Without it more people could get in.
	Who bool
}

// roundsMost bounds how often sshd is asked: it names one bad value at a time.
const roundsMost = 32

// ReadWhatCanBe asks sshd, and where it rejects lines, asks again about copies
// without them, until it accepts the rest. A line about access is replaced by
// the strictest value for its keyword, and where there is none it is left out
// only if it says who may log in: that is marked, for the caller has to limit
// who does. A line that decides how somebody proves who they are is never left
// out.
func ReadWhatCanBe(ctx context.Context, h *host.Host, a Ask) Readable {
	out := Readable{}
	for range roundsMost {
		ask := a
		ask.Covers = slices.Concat(a.Covers, out.Covers)
		out.Facts = Collect(ctx, h, ask)
		if out.Facts.Known || out.Facts.Err != "" || ctx.Err() != nil {
			return out
		}
		if !out.mend(h) {
			return out
		}
	}
	return out
}

// mend puts the rejected lines out of the way. It tells whether anything changed
// and nothing is stuck.
func (r *Readable) mend(h *host.Host) bool {
	changed := false
	for _, p := range r.Facts.Problems {
		if p.Line == 0 || p.File == "" || r.Facts.notConfiguration(p.File) {
			continue
		}
		data, err := r.current(h, p.File)
		if err != nil {
			continue
		}
		p.Content, p.Before = lineOf(data, p.Line), lineOf(data, p.Line-1)
		aside, ok := r.Facts.aside(p)
		if !ok {
			r.Stuck = append(r.Stuck, aside)
			continue
		}
		edited, ok := withLine(data, p.Line, aside.Instead)
		if !ok {
			continue
		}
		r.cover(p.File, edited)
		r.Aside = append(r.Aside, aside)
		changed = true
	}
	return changed && len(r.Stuck) == 0
}

func (r *Readable) current(h *host.Host, file string) ([]byte, error) {
	for _, c := range r.Covers {
		if c.Path == file {
			return c.Data, nil
		}
	}
	return h.Files.Read(file, fileLimit)
}

func (r *Readable) cover(file string, data []byte) {
	for i := range r.Covers {
		if r.Covers[i].Path == file {
			r.Covers[i].Data = data
			return
		}
	}
	r.Covers = append(r.Covers, host.Cover{Path: file, Data: data})
}

// withLine replaces one line, so that the numbers of the others stay.
func withLine(data []byte, n int, instead string) ([]byte, bool) {
	lines := strings.Split(string(data), "\n")
	if n < 1 || n > len(lines) || strings.TrimSpace(lines[n-1]) == "" || strings.HasPrefix(lines[n-1], aside) {
		return nil, false
	}
	lines[n-1] = aside + " by sshd-doctor"
	if instead != "" {
		lines[n-1] = instead
	}
	return []byte(strings.Join(lines, "\n")), true
}

const aside = "# set aside"

// aside says what may stand in the place of a rejected line.
func (f Facts) aside(p Problem) (Aside, bool) {
	out := Aside{File: p.File, Line: p.Line, Content: clip(strings.TrimSpace(p.Content)), Said: p.Text}
	if p.Private {
		out.Content = quoted.NotShown
	}
	edit := judgeLine(p.Content, p.around(), f.keywords())
	out.Access = edit.Access
	switch {
	case p.Kind == BadMatch || edit.Access == "match":
		// What follows stays in a block, in one that is never entered.
		out.Access, out.Instead, out.Who = "match", "Match User !*", true
		return out, plainText(p.Content)
	case p.Kind == NotInMatch:
		// Somebody put a Match line above: what stands below it may have been
		// meant for everybody, also where sshd says nothing.
		return out, false
	case edit.Possible:
		out.Instead = edit.Instead
		return out, true
	case !plainText(p.Content) || isMergeMark(p.Content):
		return out, false
	}
	_, value := splitLine(p.Content)
	switch {
	case harmless(edit.Access):
		return out, true
	case strings.HasPrefix(value, "+") || strings.HasPrefix(value, "^"):
		// It was to add to sshd's own list (sshd_config(5)), or to put some of it
		// first; other keywords have no such values.
		_, known := algorithms()[edit.Access]
		return out, known
	case sound(edit.Access, value) != "":
		out.Instead = edit.Access + " " + sound(edit.Access, value)
		return out, true
	case saysWho(edit.Access):
		out.Who = true
		return out, true
	}
	return out, false
}

// harmless: without such a line nobody gets in who did not before.
func harmless(keyword string) bool {
	return slices.Contains([]string{
		"listenaddress", "addressfamily", "logingracetime", "maxstartups", "rekeylimit", "acceptenv",
		"exposeauthinfo", "persourcemaxstartups", "persourcenetblocksize", "persourcepenalties",
		"persourcepenaltyexemptlist",
	}, keyword)
}

// algorithms are the keywords that list algorithms, with those that every sshd
// since 8.4 knows and none has called weak.
func algorithms() map[string][]string {
	signatures := []string{
		"ssh-ed25519", "sk-ssh-ed25519@openssh.com", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384",
		"ecdsa-sha2-nistp521", "sk-ecdsa-sha2-nistp256@openssh.com", "rsa-sha2-512", "rsa-sha2-256",
	}
	return map[string][]string{
		"ciphers": {
			"chacha20-poly1305@openssh.com", "aes256-gcm@openssh.com", "aes128-gcm@openssh.com",
			"aes256-ctr", "aes192-ctr", "aes128-ctr",
		},
		"macs": {
			"hmac-sha2-512-etm@openssh.com", "hmac-sha2-256-etm@openssh.com", "umac-128-etm@openssh.com",
			"hmac-sha2-512", "hmac-sha2-256", "umac-128@openssh.com",
		},
		"kexalgorithms": {
			"curve25519-sha256", "curve25519-sha256@libssh.org", "ecdh-sha2-nistp521", "ecdh-sha2-nistp384",
			"ecdh-sha2-nistp256", "diffie-hellman-group18-sha512", "diffie-hellman-group16-sha512",
			"diffie-hellman-group-exchange-sha256",
		},
		"hostkeyalgorithms": signatures, "pubkeyacceptedalgorithms": signatures, "pubkeyacceptedkeytypes": signatures,
	}
}

// sound is what is left of a list when only the algorithms stay that are surely
// known: a part of what its owner allowed, and nothing else. It is empty where
// that cannot be said.
func sound(keyword, value string) string {
	var out []string
	for _, name := range strings.Split(value, ",") {
		if slices.Contains(algorithms()[keyword], strings.TrimSpace(name)) {
			out = append(out, strings.TrimSpace(name))
		}
	}
	return strings.Join(out, ",")
}

// saysWho: such a line says who may log in, or what they may do there.
func saysWho(keyword string) bool {
	return slices.Contains([]string{
		"allowusers", "allowgroups", "denyusers", "denygroups", "chrootdirectory", "forcecommand",
		"permitopen", "permitlisten", "refuseconnection", "maxsessions", "maxauthtries",
	}, keyword)
}

// Where says where the line stands.
func (a Aside) Where() string { return fmt.Sprintf("line %d of %s", a.Line, a.File) }
