package sshdconf

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
	"github.com/sshd-doctor/sshd-doctor/internal/quoted"
)

// Ask says which sshd to ask, and how its unit calls it.
type Ask struct {
	// Binary is the path of sshd.
	Binary string
	// Args are the arguments that the unit gives it.
	Args []string
	// File overrides the configuration file, as --sshd-config does.
	File string
	// As is the connection that Match lines are to be judged for, in the words of
	// "sshd -C" (sshd(8)); empty for none in particular.
	As string
	// Covers replace files for the question only: a configuration that is not
	// yet in place is tried with them.
	Covers []host.Cover
}

// Same tells whether two questions are the same for sshd.
func (a Ask) Same(b Ask) bool {
	return a.Binary == b.Binary && a.File == b.File && slices.Equal(Arguments(a.Args), Arguments(b.Args))
}

// Collect asks sshd. It needs neither a host key nor a privilege separation
// directory to be there, and it leaves no trace.
//
// "sshd -T -d" answers everything at once on a sound machine: the configuration
// on stdout, the keys that load on stderr. Where that fails, "sshd -G" (9.3 and
// later) still gives the configuration; before 9.3 "sshd -T" is asked again
// with a throwaway key and directory.
func Collect(ctx context.Context, h *host.Host, a Ask) Facts {
	args := Arguments(a.Args)
	if a.File != "" {
		args = append(dropFlag(args, "-f"), "-f", a.File)
	}
	f := Facts{Binary: a.Binary, Args: args, MainFile: mainFile(args)}
	if a.As != "" {
		f.spec = []string{"-C", a.As}
	}
	res := f.ask(ctx, h, a.Covers, tellAll()...)
	if res.Err != nil {
		f.Err = clip(res.Err.Error())
		f.byHand(h)
		f.stuckAt(h)
		return f
	}
	if bytes.Contains(res.Stderr, []byte("'lport' not in connection test specification")) {
		// "Match LocalPort" (8.4 to 10.0): sshd -T does not take no port for an
		// answer, as it does with all other criteria.
		f.spec = []string{"-C", "lport=65535"}
		if res = f.ask(ctx, h, a.Covers, tellAll()...); res.Err != nil {
			f.Err = clip(res.Err.Error())
			return f
		}
	}
	said := parseStderr(string(res.Stderr))
	f.Version = said.version
	f.Loaded = Loaded{Fingerprints: said.loaded}
	for _, k := range said.unloaded {
		f.Loaded.Unloadable = append(f.Loaded.Unloadable, k.Path)
	}
	if res.OK() {
		f.Loaded.Known = true
		f.accept(res.Stdout, said.unloaded)
		return f
	}
	f.Problems = said.problems
	// Keys are looked at before whatever stopped sshd, unless that was the
	// configuration itself.
	f.Loaded.Known = len(said.loaded)+len(said.unloaded) > 0
	f.askOtherwise(ctx, h, a.Covers, said.unloaded)
	f.readLines(h)
	return f
}

// readLines looks up the lines that sshd complained about.
func (f *Facts) readLines(h *host.Host) {
	for i := range f.Problems {
		p := &f.Problems[i]
		if keyword := p.keyword(); p.Line == 0 && keyword != "" {
			for _, at := range Locate(h, f.MainFile, keyword) {
				if p.At = at; p.Kind != BadAddress || strings.Contains(at.Value, p.Word) {
					break
				}
			}
		}
		if p.Line == 0 || !filepath.IsAbs(p.File) {
			continue
		}
		data, err := h.Files.Read(p.File, fileLimit)
		switch {
		case err == nil && holdsPrivateKey(data):
			*p = Problem{Kind: Other, Text: p.File + " holds a private key, and sshd is told to read it as configuration"}
		case err == nil:
			p.Content = lineOf(data, p.Line)
			p.lookAround(data, func(n int) bool { return f.rejects(p.File, n) })
			p.NotText = notText(data)
			p.keepPrivate(f.MainFile, data)
		default:
			p.keepPrivate(f.MainFile, nil)
		}
	}
	f.Problems = slices.CompactFunc(f.Problems, func(a, b Problem) bool { return a == b })
}

// holdsPrivateKey: an Include with a wide pattern can reach the host keys. Then
// sshd quotes them line by line; nobody else must, nor edit them.
func holdsPrivateKey(data []byte) bool { return bytes.Contains(data, []byte("PRIVATE KEY-----")) }

// keepPrivate hides what sshd quoted out of a file that is none of its own. Of one
// that does not even look like configuration nothing is kept to work with.
func (p *Problem) keepPrivate(mainFile string, data []byte) {
	looks := quoted.Looks(string(data))
	if looks && (quoted.Place(p.File) || p.File == mainFile) {
		return
	}
	p.Private = true
	if m := place.FindStringSubmatchIndex(p.Text); m != nil {
		p.Text = p.Text[:m[6]] + quoted.Sentence(p.Text[m[6]:])
	}
	if p.Prelude != "" {
		p.Prelude = quoted.Sentence(p.Prelude)
	}
	if p.Kind == UnknownOption {
		p.Word = ""
	}
	if !looks && p.NotText == "" {
		p.Content, p.Before, p.Below = "", "", ""
	}
}

// keyword is the one whose lines led to a complaint that names no line.
func (p Problem) keyword() string {
	switch p.Kind {
	case CommandNoUser:
		return p.Word
	case AuthMethods:
		return "AuthenticationMethods"
	case BadAddress:
		return "ListenAddress"
	}
	return ""
}

// notText says what a file is that is not plain text. To sshd a line ends at a
// NUL byte and the next line follows at once (8.4 to 10.0), so its line numbers
// and what an editor shows are not the same.
func notText(data []byte) string {
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}), bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		return "UTF-16 text"
	case bytes.IndexByte(data, 0) >= 0:
		return "text with NUL bytes in it"
	}
	return ""
}

// fileLimit is more than any configuration file has, in bytes.
const fileLimit = 1 << 20

func lineOf(data []byte, n int) string {
	all := strings.Split(string(data), "\n")
	if n < 1 || n > len(all) {
		return ""
	}
	return all[n-1]
}

// tellAll has sshd print its configuration and say which keys it loads, with
// fingerprints in the form in which this program knows them.
func tellAll() []string { return []string{"-T", "-d", "-o", "FingerprintHash=sha256"} }

// ask runs sshd in one of its test modes.
func (f *Facts) ask(ctx context.Context, h *host.Host, covers []host.Cover, mode ...string) host.Result {
	c := host.Command{Path: f.Binary, Args: slices.Concat(mode, f.spec, f.Args), Covers: covers}
	f.Asked = c.String()
	return h.Run(ctx, c)
}

func (f *Facts) accept(stdout []byte, unloaded []HostKey) {
	settings, err := parseSettings(bytes.NewReader(stdout))
	if err != nil {
		f.Err = err.Error()
		return
	}
	if len(settings) == 0 {
		f.Mute = true
		f.Err = "cannot read sshd's configuration: it printed none"
		return
	}
	f.Settings, f.Known = settings, true
	for _, path := range f.Get("hostkey") {
		f.addKey(HostKey{Path: path, Explicit: explicit(path, unloaded)})
	}
}

// lacksG tells whether an sshd is known to be too old for "sshd -G", which came
// with OpenSSH 9.3 (its release notes). What cannot be read is asked.
func lacksG(version string) bool {
	var major, minor int
	if n, err := fmt.Sscanf(version, "OpenSSH_%d.%d", &major, &minor); err != nil || n != 2 {
		return false
	}
	return major < 9 || major == 9 && minor < 3
}

// explicit: sshd complains aloud only about keys that a HostKey line names.
func explicit(path string, unloaded []HostKey) bool {
	for _, k := range unloaded {
		if k.Path == path {
			return k.Explicit
		}
	}
	return false
}

// mostKeys caps the host keys that are looked at, and made where they are missing:
// as many as sshd itself ever allowed (MAX_HOSTKEYS in servconf.h).
const mostKeys = 256

func (f *Facts) addKey(k HostKey) {
	if len(f.HostKeys) >= mostKeys || !filepath.IsAbs(k.Path) || isThrowaway(k.Path) {
		return
	}
	for _, have := range f.HostKeys {
		if have.Path == k.Path {
			return
		}
	}
	f.HostKeys = append(f.HostKeys, k)
}

// usualFile is what sshd reads when it is not told otherwise.
const usualFile = "/etc/ssh/sshd_config"
