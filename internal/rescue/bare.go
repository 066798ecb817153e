package rescue

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
	"github.com/sshd-doctor/sshd-doctor/internal/safetext"
	"github.com/sshd-doctor/sshd-doctor/internal/sshdconf"
)

// stockFile is what Debian's package made the main configuration file from.
const stockFile = "/usr/share/openssh/sshd_config"

// collectBare finds out whether there is no configuration at all, and has sshd
// tell its own defaults then.
func (f *Facts) collectBare(ctx context.Context, h *host.Host) {
	main := f.Conf.MainFile
	if !nothingToRead(h, main) {
		return
	}
	plain := sshdconf.Collect(ctx, h, sshdconf.Ask{Binary: f.Binary, Args: []string{"-f", "/dev/null"}})
	if !plain.Known {
		return
	}
	f.Remains = cmp.Or(remains(h, included(main)...), option(f.Lines))
	f.Readable, f.Bare, f.Conf, f.Lines = sshdconf.Readable{}, true, plain, nil
	f.Restore = restore(h, main)
}

// included are the files that a main file is likely to have included: one that
// lies elsewhere may have had those of the usual place too.
func included(main string) []string {
	return slices.Compact([]string{path.Dir(main) + "/sshd_config.d/*.conf", "/etc/ssh/sshd_config.d/*.conf"})
}

// restore is the command that puts a main file in its place which includes those.
func restore(h *host.Host, main string) string {
	if there, err := h.Files.Exists(stockFile); err == nil && there && path.Dir(main) == "/etc/ssh" {
		return "cp " + stockFile + " " + safetext.Word(main)
	}
	return "echo " + safetext.Word("Include "+strings.Join(included(main), " ")) + " >" + safetext.Word(main)
}

// nothingToRead tells whether the main configuration file is not there at all, or
// is no text. One that merely cannot be understood may hold somebody's decisions,
// also among octets that are no text.
func nothingToRead(h *host.Host, main string) bool {
	data, err := h.Files.Read(main, fileLimit)
	if err != nil {
		return host.IsAbsent(err) || errors.Is(err, host.ErrNotRegular)
	}
	for _, instead := range []string{"\n", ""} { // without them UTF-16 is text
		if decision(bytes.ReplaceAll(data, []byte{0}, []byte(instead))) != 0 {
			return false
		}
	}
	return bytes.IndexByte(data, 0) >= 0
}

// option is the first setting on sshd's command line that says who gets in, or
// how: of those in lines, see settings.
func option(lines []string) string {
	for _, line := range lines {
		if decision([]byte(line)) != 0 {
			return "its unit, -o " + short(line)
		}
	}
	return ""
}

// remains says where files that the main one included still say who gets in, or
// how; empty where none does.
func remains(h *host.Host, patterns ...string) string {
	var files []string
	for _, p := range patterns {
		files = append(files, h.Files.Glob(p)...)
	}
	for _, file := range files {
		data, err := h.Files.Read(file, fileLimit)
		switch n := decision(data); {
		case host.IsAbsent(err):
		case err != nil:
			return fmt.Sprintf("%s: %v", file, err)
		case n > 0:
			line := strings.Split(string(data), "\n")[n-1]
			return fmt.Sprintf("line %d of %s: %s", n, file, short(strings.TrimSpace(line)))
		}
	}
	return ""
}

// decision is the number of the first line that says who gets in, or how, in
// another way than a rescue without configuration has it in any case; 0 for none.
func decision(data []byte) int {
	n := 0
	for line := range strings.Lines(string(data)) {
		n++
		if key := sshdconf.Access(line); key != "" && !slices.Contains(settled(), key) {
			return n
		}
	}
	return 0
}

// settled are the keywords of which a rescue without configuration has the
// strictest value itself, and those that let nobody in.
func settled() []string {
	return strings.Fields(`passwordauthentication kbdinteractiveauthentication challengeresponseauthentication
		gssapiauthentication kerberosauthentication permitemptypasswords hostbasedauthentication x11forwarding
		allowtcpforwarding allowagentforwarding allowstreamlocalforwarding permittunnel disableforwarding gatewayports
		permituserenvironment strictmodes listenaddress addressfamily acceptenv logingracetime maxstartups
		rekeylimit subsystem`)
}

// judgeBare refuses where the main file is gone, and what it included, or an option
// of the unit, still says who gets in.
func judgeBare(f Facts, r Request) *Refusal {
	return refuse("config-gone", []string{f.Restore, command(r)},
		"The main configuration file is gone, but not all that says who gets in:", "  "+f.Remains,
		"Nobody may get in whom that keeps out. With a main file sshd heeds it again.")
}
