package rescue

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/safetext"
	"github.com/sshd-doctor/sshd-doctor/internal/sshdconf"
)

// judgeSystemd shows how to start an sshd by hand that ends by itself, where
// systemd cannot. It has the options of the server's own and is no laxer. Where
// that cannot be said, there is no such command.
func judgeSystemd(f Facts, r Request) *Refusal {
	no := refuse("no-systemd", nil, "systemd cannot be asked for a temporary unit: "+f.Systemd+".")
	if f.NoSystemd {
		no.Why[0] = "systemd is not in charge here, so there are no temporary units."
	}
	p := plan(f, r)
	none := func(why ...string) *Refusal {
		no.Why = append(append(no.Why, "No command to start one by hand is shown, it might let in too much:"), why...)
		return no
	}
	switch {
	case f.ArgsErr != "":
		return none("  how the server's own sshd is started is not known:", "  "+f.ArgsErr)
	case f.Other != "":
		return none("  its unit shows the server's own sshd other files: " + short(f.Other))
	case !f.Conf.Known, len(f.Readable.Aside) > 0, f.Bare:
		return none("  sshd cannot read all of its configuration, " + f.Conf.MainFile)
	case r.User != "":
		return none("  on a command line sshd cannot be told to let in one account alone")
	}
	for _, check := range []func(Facts, Request) *Refusal{p.places, p.access} {
		if other := check(f, r); other != nil {
			return none(other.Why...)
		}
	}
	no.Why = append(no.Why, "By hand, until the time is over or Ctrl-C:")
	if f.PrivsepDir != "" {
		no.Why = append(no.Why, "    mkdir -p -m 0755 "+f.PrivsepDir)
	}
	no.Why = append(no.Why, "    "+p.byHand(f.Args))
	return no
}

// byHand is the command. Of a setting that stands on it more than once the first
// counts, so the rescue's own come before those of the server.
func (p Plan) byHand(args []string) string {
	words := []string{"timeout", fmt.Sprint(int(p.For.Seconds())), p.Binary, "-D"}
	add := func(setting string) { words = append(words, "-o", setting) }
	for _, at := range p.Listen {
		add("ListenAddress=" + at.String())
	}
	add("PidFile=none")
	for _, s := range p.Head {
		key, value := sshdconf.SplitLine(s)
		if slices.Contains([]string{"AuthenticationMethods", "PasswordAuthentication", "KbdInteractiveAuthentication"}, key) {
			add(key + "=" + value)
		}
	}
	for i := 0; i < len(args); i++ {
		var value []string
		if i+1 < len(args) && strings.HasPrefix(args[i], "-") {
			value = args[i+1 : i+2]
		}
		flag := args[i]
		i += len(value)
		if flag == "-p" || flag == "-o" && len(value) > 0 && ownPlace(value[0]) {
			continue
		}
		words = append(append(words, flag), value...)
	}
	for i := range words {
		words[i] = safetext.Word(words[i])
	}
	return strings.Join(words, " ")
}

// ownPlace: where the server's own sshd listens is not for another one.
func ownPlace(setting string) bool {
	key, _ := sshdconf.SplitLine(setting)
	return ownAffair(key) && !strings.EqualFold(key, "hostkey")
}
