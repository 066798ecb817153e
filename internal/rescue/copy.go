package rescue

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
	"github.com/sshd-doctor/sshd-doctor/internal/sshdconf"
)

// Dir holds the files of a rescue. It is the RuntimeDirectory of its unit, so
// systemd removes it when the unit is down.
const Dir = "/run/" + dirName

const (
	dirName = "sshd-doctor-rescue"
	// fileLimit is more than any configuration file has, in bytes, and mostFiles
	// more files than any configuration has.
	fileLimit = 1 << 20
	mostFiles = 256
)

// Copy is a configuration file as the rescue's sshd is to read it.
type Copy struct {
	// From is the file that it is a copy of, Path where the copy will be.
	From, Path string
	Data       []byte
}

// copies makes copies of the configuration files in memory: line by line as they
// are, Match blocks included, with three exceptions. Lines that say where sshd
// listens and which host keys it has are left out, for the rescue has its own.
// Lines that sshd rejects stand as in covers. An Include line names the copies.
//
// That this says the same as the originals is not taken for granted: sshd is
// asked about both, see verify.
func copies(h *host.Host, mainFile string, covers []host.Cover) []Copy {
	c := copier{files: h.Files, covers: covers}
	c.file(mainFile)
	return c.out
}

type copier struct {
	files  *host.Files
	covers []host.Cover
	out    []Copy
}

// file copies one file and what it includes, and returns the path of its copy;
// empty where the file cannot be read.
func (c *copier) file(from string) string {
	for _, have := range c.out {
		if have.From == from {
			return have.Path
		}
	}
	data, err := c.read(from)
	if err != nil || len(c.out) >= mostFiles {
		return ""
	}
	at := len(c.out)
	c.out = append(c.out, Copy{From: from, Path: fmt.Sprintf("%s/%d.conf", Dir, at)})
	var text strings.Builder
	for line := range strings.Lines(string(data)) {
		text.WriteString(c.line(strings.TrimRight(line, "\n")))
		text.WriteByte('\n')
	}
	c.out[at].Data = []byte(text.String())
	return c.out[at].Path
}

func (c *copier) read(path string) ([]byte, error) {
	for _, cover := range c.covers {
		if cover.Path == path {
			return cover.Data, nil
		}
	}
	return c.files.Read(path, fileLimit)
}

func (c *copier) line(line string) string {
	key, value := sshdconf.SplitLine(line)
	switch {
	case strings.EqualFold(key, "include"):
		return c.include(line, value)
	case ownAffair(key):
		return "# not for the rescue: " + line
	case strings.EqualFold(key, "authenticationmethods") && value == "any":
		// The default, and the laxest value; sshd does not take it beside others.
		return "# the default: " + line
	}
	return line
}

// include names the copies of the files that an Include line stands for. A line
// that is not understood stays: then sshd reads the files themselves.
func (c *copier) include(line, value string) string {
	if strings.ContainsAny(value, "'\\[#") {
		return line
	}
	var paths []string
	for _, pattern := range strings.Fields(value) {
		if strings.Contains(pattern, `"`) {
			pattern = strings.TrimSuffix(strings.TrimPrefix(pattern, `"`), `"`)
			if strings.Contains(pattern, `"`) || pattern == "" || strings.Count(value, `"`) != 2*len(strings.Fields(value)) {
				return line
			}
		}
		if !filepath.IsAbs(pattern) {
			// sshd_config(5)
			pattern = filepath.Join("/etc/ssh", pattern)
		}
		for _, found := range c.files.Glob(pattern) {
			if hidden(pattern, found) {
				continue
			}
			copied := c.file(found)
			if copied == "" {
				copied = found
			}
			paths = append(paths, copied)
		}
	}
	if len(paths) == 0 {
		return "# nothing to include: " + line
	}
	return "Include " + strings.Join(paths, " ")
}

// hidden: glob(7) does not match a leading dot with a wildcard, Go's does.
func hidden(pattern, found string) bool {
	p, f := strings.Split(pattern, "/"), strings.Split(found, "/")
	for i := range min(len(p), len(f)) {
		if strings.HasPrefix(f[i], ".") && !strings.HasPrefix(p[i], ".") {
			return true
		}
	}
	return false
}

// ownAffair: the rescue says itself where it listens and which keys it has. None
// of these decides who gets in.
func ownAffair(key string) bool {
	return slices.Contains([]string{
		"port", "listenaddress", "addressfamily", "hostkey", "pidfile", "logingracetime",
	}, strings.ToLower(key))
}

// settings are the values of "-o" in sshd's arguments, as lines.
func settings(args []string) []string {
	var out []string
	args = sshdconf.Arguments(args)
	for i := 0; i+1 < len(args); i++ {
		if args[i] != "-o" {
			continue
		}
		i++
		if key, _ := sshdconf.SplitLine(args[i]); !ownAffair(key) {
			out = append(out, args[i])
		}
	}
	return out
}

// flags are the other arguments that matter to a rescue: the length of names in
// the login records, and a host certificate (sshd(8)).
func flags(args []string) []string {
	var out []string
	args = sshdconf.Arguments(args)
	for i := 0; i+1 < len(args); i++ {
		switch args[i] {
		case "-u", "-c":
			out = append(out, args[i], args[i+1])
			i++
		case "-o", "-f", "-h", "-p":
			i++
		}
	}
	return out
}
