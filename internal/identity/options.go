package identity

import (
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// lists are the keywords of sshd_config(5) that decide on what sshd and a client
// can agree. Red Hat 8 sets them all on the command line, from its system-wide
// crypto policy.
func lists() []string {
	return []string{"kexalgorithms", "ciphers", "macs", "hostkeyalgorithms"}
}

// options finds the algorithm lists on sshd's command line, and the files from
// which they come.
func options(h *host.Host, from From) []Option {
	found := parseOptions(from.Args)
	if len(found) == 0 {
		return nil
	}
	for _, p := range from.Files {
		data, err := h.Files.Read(p, maxFile)
		if err != nil {
			continue
		}
		text := strings.ToLower(string(data))
		for i := range found {
			if found[i].File == "" && strings.Contains(text, strings.ToLower(found[i].Keyword)) {
				found[i].File = p
			}
		}
	}
	return found
}

// policy is the name of the system-wide crypto policy, update-crypto-policies(8),
// where there is one for sshd.
func policy(h *host.Host) string {
	if there, err := h.Files.Exists(policyFile); err != nil || !there {
		return ""
	}
	name, err := h.Files.Read("/etc/crypto-policies/config", 4096)
	if err != nil {
		return "of unknown name"
	}
	return printable(strings.TrimSpace(string(name)))
}

const policyFile = "/etc/crypto-policies/back-ends/opensshserver.config"

// parseOptions reads the -o options of sshd(8): "-oName=value", "-o", "Name
// value". Of a keyword that stands twice the first counts, sshd_config(5).
func parseOptions(args []string) []Option {
	var out []Option
	for i := 0; i < len(args); i++ {
		flag, value, ok := splitFlag(args[i])
		if !ok {
			continue
		}
		if value == "" && i+1 < len(args) {
			i++
			value = args[i]
		}
		if flag == 'o' {
			out = addOption(out, value)
		}
	}
	return out
}

func addOption(out []Option, text string) []Option {
	text = strings.TrimSpace(text)
	end := strings.IndexAny(text, "= \t")
	if end < 0 {
		return out
	}
	name := text[:end]
	for _, have := range out {
		if strings.EqualFold(have.Keyword, name) {
			return out
		}
	}
	for _, l := range lists() {
		if strings.EqualFold(l, name) {
			value := strings.Trim(text[end:], "= \t\"")
			out = append(out, Option{Keyword: printable(name), Value: printable(value)})
		}
	}
	return out
}

// splitFlag finds the flag of an argument that takes a value, behind any that do
// not: "-Dof" is -D and -o with the value "f".
func splitFlag(arg string) (flag byte, value string, ok bool) {
	if len(arg) < 2 || arg[0] != '-' {
		return 0, "", false
	}
	for i := 1; i < len(arg); i++ {
		switch {
		case strings.IndexByte("cCEbfghkopu", arg[i]) >= 0:
			return arg[i], arg[i+1:], true
		case strings.IndexByte("46DGQRTVdeiqrt", arg[i]) < 0:
			return 0, "", false
		}
	}
	return 0, "", false
}
